// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { chooseControllers, controllerDefinitions } from '../up/controllers.ts'
import { startDetached } from '../up/detach.ts'
import { startHouse } from '../up/house.ts'
import type { UpOptions } from '../up/house.ts'
import { defaultCacheDir, defaultDataDir } from '../up/paths.ts'
import type { UpState } from '../up/state-file.ts'
import { describeHouse } from '../up/describe.ts'
import { walkThrough } from '../walkthrough/walk-through.ts'

interface UpFlags {
  data?: string
  detach?: boolean
  controllers: string
  singleProcess?: boolean
  repository?: string
  path: string
  output?: string
  walkthrough?: boolean
  once?: boolean
  auditLog?: string
  controllerFlag: string[]
}

// the build puts it beside the built command
const samplePlace = import.meta.url.endsWith('.ts') ? '../../../examples/fleet' : '../fleet'
const sampleDirectory = fileURLToPath(new URL(samplePlace, import.meta.url))

/** `tidelock up`: a whole GitOps cluster on this machine. */
export function addUpCommand(program: Command, environment: Environment): void {
  program
    .command('up')
    .description('start a local cluster, a Git server with a sample repository, and the controllers')
    .option('--data <dir>', 'where everything is kept; the same directory brings the same cluster back')
    .option('--detach', 'return when all is up and leave it running')
    .option(
      '--controllers <list>',
      'controllers to run, comma-separated, or none',
      controllerDefinitions()
        .map(({ name }) => name)
        .join(','),
    )
    .option('--single-process', 'run the controllers in one process')
    .option('--repository <dir>', 'files of the served repository, when it is made first (default: the sample)')
    .option(
      '--path <path>',
      'entry of the repository, spec.path of the first Kustomization; none applies nothing',
      './clusters/local',
    )
    .option('-o, --output <format>', 'json: print where everything is')
    .option('--audit-log <file>', "write the API server's audit log, one JSON line a request")
    .option(
      '--controller-flag <flag>',
      'a further flag for every controller (repeatable)',
      (flag: string, all: string[]) => [...all, flag],
      [],
    )
    .option('--walkthrough', 'show what it does, step by step')
    .option('--once', 'end after the walk-through')
    .action(async (flags: UpFlags, command: Command) => {
      const options = toUpOptions(flags, command, environment)
      if (flags.detach === true)
        return startDetached(options.dataDir, environment, (state) => print(state, flags, environment))
      await runHouse(options, flags, environment)
    })
}

function toUpOptions(flags: UpFlags, command: Command, environment: Environment): UpOptions {
  const { env, home, cwd, err, signal } = environment
  const controllers = chooseControllers(flags.controllers)
  if (controllers === undefined) {
    const known = controllerDefinitions()
      .map(({ name }) => name)
      .join(', ')
    throw new CliError(
      'UsageInvalid',
      `--controllers: '${flags.controllers}' names an unknown controller; known: ${known}, or none`,
    )
  }
  if (flags.output !== undefined && flags.output !== 'json') {
    throw new CliError('UsageInvalid', `--output: '${flags.output}' is not supported here; use json`)
  }
  const { kubeconfig } = command.optsWithGlobals<{ kubeconfig?: string }>()
  return {
    dataDir: flags.data === undefined ? defaultDataDir(env, home) : resolve(cwd, flags.data),
    cacheDir: defaultCacheDir(env, home),
    controllers,
    singleProcess: flags.singleProcess === true,
    kubeconfig: kubeconfig === undefined ? undefined : resolve(cwd, kubeconfig),
    repository: flags.repository === undefined ? sampleDirectory : resolve(cwd, flags.repository),
    path: flags.path === 'none' ? undefined : flags.path,
    extraFlags: flags.controllerFlag,
    auditLogPath: flags.auditLog === undefined ? undefined : resolve(cwd, flags.auditLog),
    env,
    onProgress: (line) => err(`► ${line}\n`),
    signal,
  }
}

async function runHouse(options: UpOptions, flags: UpFlags, environment: Environment): Promise<void> {
  const house = await startHouse(options)
  try {
    if (flags.walkthrough === true) await walkThrough(house, environment)
    if (flags.once === true) return
    print(house.state, flags, environment)
    const why = await Promise.race([house.broken, aborted(options.signal)])
    if (why !== undefined) throw new CliError('ControllerEnded', why)
  } finally {
    environment.err('► stopping\n')
    await house.stop()
  }
}

function print(state: UpState, flags: UpFlags, { out, err }: Environment): void {
  if (flags.output === 'json') out(`${JSON.stringify(state, null, 2)}\n`)
  else err(describeHouse(state))
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolvePromise) => {
    if (signal.aborted) resolvePromise(undefined)
    else signal.addEventListener('abort', () => resolvePromise(undefined), { once: true })
  })
}
