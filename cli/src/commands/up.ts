// SPDX-License-Identifier: Apache-2.0
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseDuration } from '@tidelock/api'
import { Option } from 'commander'
import type { Command } from 'commander'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { createScreen } from '../output/screen.ts'
import type { Screen } from '../output/screen.ts'
import { chooseControllers, controllerDefinitions } from '../up/controllers.ts'
import { describeHouse } from '../up/describe.ts'
import { startDetached } from '../up/detach.ts'
import { startHouse } from '../up/house.ts'
import type { UpOptions } from '../up/house.ts'
import { defaultCacheDir, defaultDataDir } from '../up/paths.ts'
import type { UpState } from '../up/state-file.ts'
import { walkThrough } from '../walkthrough/walk-through.ts'
import { durationFlag } from './flag-values.ts'

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
  stepTimeout: string
  auditLog?: string
  controllerFlag?: readonly string[]
}

// the build puts it beside the built command
const samplePlace = import.meta.url.endsWith('.ts') ? '../../../examples/fleet' : '../fleet'
const sampleDirectory = fileURLToPath(new URL(samplePlace, import.meta.url))
const samplePath = './clusters/local'

const known = (): string =>
  controllerDefinitions()
    .map(({ name }) => name)
    .join(',')

const examples = `
Examples:
  tidelock up                             in the foreground, until Ctrl-C
  tidelock up --detach -o json            in the background; end it with tidelock down
  tidelock up --data /tmp/other --repository ./my-fleet --path ./clusters/dev

It touches no cluster but its own: KUBECONFIG does not count here, --kubeconfig does.`

/** `tidelock up`: a whole GitOps cluster on this machine. */
export function addUpCommand(program: Command, environment: Environment): void {
  program
    .command('up')
    .description('start a local cluster, a Git server with a sample repository, and the controllers')
    .addHelpText('after', examples)
    .option('--data <dir>', 'where everything is kept; the same directory brings the same cluster back')
    .option('--detach', 'return when all is up and leave it running')
    .option('--controllers <list>', 'controllers to run, comma-separated, or none', known())
    .option('--single-process', 'run the controllers in one process')
    .option('--repository <dir>', 'files of the served repository, when it is made first (default: the sample)')
    .option(
      '--path <path>',
      'entry of the repository, spec.path of the first Kustomization; none applies nothing',
      samplePath,
    )
    .addOption(new Option('-o, --output <format>', 'print where everything is').choices(['json']))
    .option('--audit-log <file>', "write the API server's audit log, one JSON line a request")
    .option('--controller-flag <flag>', 'a further flag for every controller (repeatable)', collectFlag)
    .option('--walkthrough', 'show what it does, step by step')
    .option('--once', 'end after the walk-through')
    .option('--step-timeout <duration>', 'how long a step of the walk-through may take', durationFlag, '2m')
    .action(async (flags: UpFlags, command: Command) => {
      refuseCombinations(flags, command)
      const screen = createScreen(environment)
      const options = toUpOptions(flags, command, environment, screen)
      if (flags.detach === true) {
        screen.line(`  data in ${options.dataDir}`)
        await startDetached(options.dataDir, environment, screen, (state) => print(state, options, flags, environment))
      } else await runHouse(options, flags, environment)
    })
}

function collectFlag(flag: string, all: readonly string[] = []): readonly string[] {
  if (!flag.startsWith('--'))
    throw new CliError('UsageInvalid', `--controller-flag: '${flag}' is no flag; write --controller-flag=--name=value`)
  return [...all, flag]
}

function refuseCombinations(flags: UpFlags, command: Command): void {
  const { kubeconfig, context } = command.optsWithGlobals<{ kubeconfig?: string; context?: string }>()
  const story = flags.walkthrough === true || flags.once === true
  const sample = flags.repository === undefined && flags.path === samplePath
  const problems: readonly (readonly [boolean, string])[] = [
    [flags.detach === true && story, '--detach: a walk-through is for watching; leave --walkthrough and --once out'],
    [flags.once === true && flags.walkthrough !== true, '--once: ends after the walk-through; add --walkthrough'],
    [story && !sample, '--walkthrough: it plays on the sample; leave --repository and --path out'],
    [
      kubeconfig !== undefined && flags.auditLog !== undefined,
      '--audit-log: only a cluster that is started here has one; leave --kubeconfig out',
    ],
    [context !== undefined, '--context: write a kubeconfig with that context as the current one and give --kubeconfig'],
  ]
  for (const [isProblem, message] of problems) if (isProblem) throw new CliError('UsageInvalid', message)
}

function toUpOptions(flags: UpFlags, command: Command, environment: Environment, screen: Screen): UpOptions {
  const { env, home, cwd, signal } = environment
  const controllers = chooseControllers(flags.controllers)
  if (controllers === undefined) {
    const message = `--controllers: '${flags.controllers}' names an unknown controller; known: ${known()}, or none`
    throw new CliError('UsageInvalid', message)
  }
  const { kubeconfig } = command.optsWithGlobals<{ kubeconfig?: string }>()
  return {
    dataDir: flags.data === undefined ? defaultDataDir(env, home) : resolve(cwd, flags.data),
    cacheDir: defaultCacheDir(env, home),
    controllers,
    singleProcess: flags.singleProcess === true,
    kubeconfig: kubeconfig === undefined ? undefined : resolve(cwd, kubeconfig),
    repository: flags.repository === undefined ? sampleDirectory : directory(resolve(cwd, flags.repository)),
    path: flags.path === 'none' ? undefined : flags.path,
    extraFlags: flags.controllerFlag ?? [],
    auditLogPath: flags.auditLog === undefined ? undefined : resolve(cwd, flags.auditLog),
    env,
    screen,
    signal,
  }
}

function directory(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new CliError('UsageInvalid', `--repository: ${path} is no directory`)
  return path
}

async function runHouse(options: UpOptions, flags: UpFlags, environment: Environment): Promise<void> {
  const { screen, dataDir, signal } = options
  screen.line(`${screen.colors.bold('Tidelock')} on this machine, data in ${dataDir}`)
  screen.line()
  const house = await startHouse(options)
  try {
    if (flags.walkthrough === true)
      await walkThrough(house, { environment, screen, timeoutMs: parseDuration(flags.stepTimeout) })
    if (flags.once === true) return
    print(house.state, options, flags, environment)
    if (flags.output === undefined) screen.line('\nEverything stays up until Ctrl-C.')
    const why = await Promise.race([house.broken, aborted(signal)])
    if (why !== undefined) throw new CliError('ControllerEnded', why)
  } finally {
    await stopHouse(house, options)
  }
}

async function stopHouse(house: { stop(): Promise<void> }, { screen, dataDir, kubeconfig }: UpOptions): Promise<void> {
  screen.line()
  await screen.step('stopping', `stopped; the data in ${dataDir} is kept`, () => house.stop())
  if (kubeconfig !== undefined) screen.line(`  what was applied stays in the cluster of ${kubeconfig}`)
}

function print(state: UpState, options: UpOptions, flags: UpFlags, environment: Environment): void {
  if (flags.output === 'json') return environment.out(`${JSON.stringify(state, null, 2)}\n`)
  const sample = flags.repository === undefined && options.path !== undefined && options.controllers.length > 1
  options.screen.line()
  for (const line of describeHouse(state, { self: environment.self, sample })) options.screen.line(line)
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolvePromise) => {
    if (signal.aborted) resolvePromise(undefined)
    else signal.addEventListener('abort', () => resolvePromise(undefined), { once: true })
  })
}
