// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseDuration, systemClock } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import type { RenderingOptions, RenderingSession } from '../rendering/session.ts'
import { defaultCacheDir } from '../up/paths.ts'
import { connect } from '../connect.ts'
import { namespaceOf } from './cluster-flags.ts'
import type { ClusterFlags } from './cluster-flags.ts'

/** The flags that `build kustomization` and `diff kustomization` share. */
export interface RenderingFlags {
  path?: string
  kustomizationFile?: string
  ignorePaths?: readonly string[]
  strictSubstitute?: boolean
  recursive?: boolean
  localSources?: ReadonlyMap<string, string>
}

/** Adds those flags to a command. */
export function addRenderingFlags(command: Command): Command {
  return command
    .argument('<name>', 'name of the Kustomization')
    .option('--path <dir>', 'local directory that stands for spec.path')
    .option('--kustomization-file <file>', 'YAML file with the Kustomization, instead of the one in the cluster')
    .option(
      '--ignore-paths <patterns>',
      'patterns of files to leave out, as in .gitignore, with commas between',
      addPatterns,
    )
    .option('--strict-substitute', 'fail when a variable has neither a value nor a default')
    .option('-r, --recursive', 'do the same for every Kustomization that is rendered')
    .option(
      '--local-sources <list>',
      'directories of sources for --recursive: Kind/namespace/name=dir, with commas between',
      addSources,
    )
    .option('--in-memory-build', "for flux's sake: a build never writes to the directory")
}

function addPatterns(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...value.split(',').filter((pattern) => pattern.trim() !== '')]
}

function addSources(value: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const pairs = value.split(',').map((pair): [string, string] => {
    const at = pair.indexOf('=')
    if (at <= 0 || pair.slice(0, at).split('/').length !== 3 || at === pair.length - 1)
      throw new InvalidArgumentError('Write Kind/namespace/name=dir, such as GitRepository/flux-system/fleet=./fleet.')
    return [pair.slice(0, at).trim(), pair.slice(at + 1)]
  })
  return new Map([...before, ...pairs])
}

/** The options as what follows wants them. Throws `UsageInvalid`. */
export function toRenderingOptions(
  name: string,
  flags: RenderingFlags & { readonly ignoreNotFound?: boolean },
  command: Command,
  environment: Environment,
): RenderingOptions {
  const { cwd } = environment
  if (flags.path === undefined || flags.path === '') {
    throw new CliError('UsageInvalid', 'invalid resource path "": name a local directory with --path')
  }
  const localSources = new Map(
    [...(flags.localSources ?? [])].map(([source, directory]) => [source, resolve(cwd, directory)]),
  )
  return {
    key: { namespace: namespaceOf(command, environment), name },
    path: resolve(cwd, flags.path),
    kustomizationFile: flags.kustomizationFile === undefined ? undefined : resolve(cwd, flags.kustomizationFile),
    ignorePaths: flags.ignorePaths ?? [],
    strictSubstitution: flags.strictSubstitute === true,
    recursive: flags.recursive === true,
    localSources,
    ignoreNotFound: flags.ignoreNotFound === true,
  }
}

/** What a command does with its session. */
export interface SessionRequest {
  readonly options: RenderingOptions
  /** Whether the cluster is asked. */
  readonly online: boolean
}

/** Runs `work` with an engine and perhaps a cluster, all of which ends with it. Throws `TimedOut` when the time is up. */
export async function withSession<T>(
  command: Command,
  environment: Environment,
  { options, online }: SessionRequest,
  work: (session: RenderingSession) => Promise<T>,
): Promise<T> {
  const { timeout } = command.optsWithGlobals<ClusterFlags>()
  const timeoutMs = parseDuration(timeout)
  const late = AbortSignal.timeout(timeoutMs)
  const signal = AbortSignal.any([environment.signal, late])
  const { ensureWasm, KustomizeEngine } = await import('@tidelock/kustomize-wasm')
  const { RemoteBases, SecretValues } = await import('@tidelock/kustomize-controller')
  await using stack = new AsyncDisposableStack()
  const client = online ? stack.use(await connect(command, environment)).client : undefined
  const wasmPath = await ensureWasm({
    cacheDir: defaultCacheDir(environment.env, environment.home),
    onProgress: (line) => environment.err(`► ${line}\n`),
    signal,
  })
  const engine = stack.use(new KustomizeEngine({ wasmPath, workers: 1 }))
  const root = await mkdtemp(join(tmpdir(), 'tidelock-remotes-'))
  stack.defer(() => rm(root, { recursive: true, force: true }))
  const remotes = stack.use(await RemoteBases.open({ root, clock: systemClock, userAgent: 'tidelock-cli' }))
  const secrets = new SecretValues()
  try {
    return await work({ options, engine, remotes, timeoutMs, client, secrets, signal })
  } catch (error) {
    if (late.aborted) throw new CliError('TimedOut', `not done within ${timeout} (--timeout)`)
    if (environment.signal.aborted || error instanceof CliError) throw error
    throw new CliError('BuildFailed', secrets.hide(errorMessage(error)))
  }
}
