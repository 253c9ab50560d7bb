// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { computeCacheKey } from './cache-key.ts'
import { pruneCache } from './cache-pruning.ts'
import { LocalClusterError } from './errors.ts'
import { findProgram } from './find-program.ts'
import { acquireLock } from './lock.ts'
import { runProgram, type RunResult } from './run.ts'
import type { BinaryOptions } from './types.ts'

/** A Go module, and how its commands (`cmd/<name>`) are built. */
export interface GoModule {
  readonly sourceDir: string
  readonly linkerFlags: readonly string[]
}

const KUBERNETES_VERSION = { gitVersion: 'v1.36.3', gitMajor: '1', gitMinor: '36', gitTreeState: 'clean' }
const PROGRESS_EVERY_MS = 5000

/** The control plane's. */
export const clusterModule: GoModule = {
  sourceDir: fileURLToPath(new URL('../go/', import.meta.url)),
  linkerFlags: [
    '-s',
    '-w',
    ...Object.entries(KUBERNETES_VERSION).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`),
  ],
}

interface Work {
  readonly module: GoModule
  readonly command: string
  readonly options: Pick<BinaryOptions, 'cacheDir' | 'searchPath' | 'onProgress' | 'signal'>
}

interface Toolchain {
  readonly go: string
  readonly key: string
}

/**
 * Answers the path of a built command, building it first where the cache lacks it: once per set of inputs, however many
 * processes ask at the same time. Throws `ToolMissing` without Go and `BuildFailed` with the compiler's last words.
 */
export async function ensureGoCommand(
  module: GoModule,
  command: string,
  options: Pick<BinaryOptions, 'cacheDir' | 'searchPath' | 'onProgress' | 'signal'>,
): Promise<string> {
  const work = { module, command, options }
  const { go, key } = await findToolchain(work)
  const root = join(options.cacheDir, 'local-cluster')
  const target = join(root, key, command)
  if (await exists(target)) {
    await markUsed(join(root, key))
    return target
  }
  await mkdir(join(root, key), { recursive: true, mode: 0o700 })
  const lock = await acquireLock(join(root, `${key}.${command}.lock`), {
    signal: options.signal,
    onWait: (holder) => options.onProgress?.(`${command}: waiting for the build by ${holder}`),
  })
  try {
    if (!(await exists(target))) {
      await buildInto(target, go, work)
      await pruneCache(root, key, Date.now())
    }
  } finally {
    await lock.release()
  }
  return target
}

// The target appears whole or not at all: what a killed build leaves is a folder that nobody looks into.
async function buildInto(target: string, go: string, work: Work): Promise<void> {
  const { command, options } = work
  const temporary = await mkdtemp(join(options.cacheDir, 'local-cluster', '.build-'))
  try {
    await build(go, join(temporary, command), work)
    await rename(join(temporary, command), target)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

function flagsOf({ linkerFlags }: GoModule): string[] {
  return ['-trimpath', '-buildvcs=false', '-ldflags', linkerFlags.join(' ')]
}

async function findToolchain({ module, options }: Work): Promise<Toolchain> {
  const go = await findProgram('go', options.searchPath)
  if (go === undefined) {
    throw new LocalClusterError(
      'ToolMissing',
      'go is not on the search path: install Go 1.26 (it compiles the local control plane and test servers once), ' +
        'or put kube-apiserver, etcd, kube-controller-manager, kube-scheduler, nats-server and kwok on it',
    )
  }
  const { code, stdout, stderr } = await runProgram(go, ['env', '-json', 'GOVERSION', 'GOOS', 'GOARCH'], {
    cwd: module.sourceDir,
    signal: options.signal,
  })
  if (code !== 0) throw new LocalClusterError('BuildFailed', `go env in ${module.sourceDir}: ${stderr}`)
  const env = JSON.parse(stdout) as { GOVERSION: string; GOOS: string; GOARCH: string }
  const key = await computeCacheKey(module.sourceDir, {
    goVersion: env.GOVERSION,
    goos: env.GOOS,
    goarch: env.GOARCH,
    flags: flagsOf(module),
  })
  return { go, key }
}

async function build(go: string, output: string, { module, command, options }: Work): Promise<void> {
  const started = performance.now()
  const report = (line: string): void => {
    const seconds = Math.round((performance.now() - started) / 1000)
    options.onProgress?.(`${command}: ${line} (${seconds} s)`)
  }
  // The rest of the environment (proxy, caches) is the user's; with cgo the file would depend on the machine's C library.
  const runGo = (args: readonly string[], onErrorLine: (line: string) => void): Promise<RunResult> =>
    runProgram('/usr/bin/env', ['CGO_ENABLED=0', go, ...args], {
      cwd: module.sourceDir,
      signal: options.signal,
      onErrorLine,
    })
  const packageName = `./cmd/${command}`
  report('fetching sources')
  const listed = await runGo(
    ['list', '-deps', packageName],
    throttle((line) => report(line.replace(/^go: /, ''))),
  )
  if (listed.code !== 0)
    throw new LocalClusterError('BuildFailed', `fetching the sources of ${command}: ${listed.stderr}`)
  const total = listed.stdout.trimEnd().split('\n').length
  let compiled = 0
  const tell = throttle((line) => report(`compiled ${compiled} of at most ${total} packages, at ${line}`))
  const built = await runGo(['build', '-v', ...flagsOf(module), '-o', output, packageName], (line) => {
    compiled++
    tell(line)
  })
  if (built.code !== 0) throw new LocalClusterError('BuildFailed', `compiling ${command}: ${built.stderr}`)
  report('built')
}

function throttle(tell: (line: string) => void): (line: string) => void {
  let last = Number.NEGATIVE_INFINITY
  return (line) => {
    const now = performance.now()
    if (now - last < PROGRESS_EVERY_MS) return
    last = now
    tell(line)
  }
}

// What is in use is not pruned; a cache that cannot be written to serves all the same.
async function markUsed(dir: string): Promise<void> {
  const now = new Date()
  await utimes(dir, now, now).catch(() => undefined)
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
