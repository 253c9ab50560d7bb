// SPDX-License-Identifier: Apache-2.0
import { statSync } from 'node:fs'
import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { controllerNames } from '../up/controller-names.ts'
import type { ControllerName } from '../up/controller-names.ts'
import type { UpFlags } from '../up/up-flags.ts'
import { durationFlag } from './flag-values.ts'

const samplePath = './clusters/local'
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
    .addOption(
      new Option('--controllers <list>', 'controllers to run, comma-separated, or none')
        .argParser(parseControllers)
        .default(controllerNames, controllerNames.join(',')),
    )
    .option('--single-process', 'run the controllers in one process')
    .option(
      '--repository <dir>',
      'files of the served repository, when it is made first (default: the sample)',
      parseDirectory,
    )
    .option(
      '--path <path>',
      'entry of the repository, spec.path of the first Kustomization; none applies nothing',
      samplePath,
    )
    .addOption(new Option('-o, --output <format>', 'print where everything is').choices(['json']))
    .option('--audit-log <file>', "write the API server's audit log, one JSON line a request")
    .option(
      '--controller-flag <flag>',
      'a further flag for every controller, or for one: kustomize:--name=value (repeatable)',
      collectFlag,
    )
    .option('--walkthrough', 'show what it does, step by step')
    .option('--once', 'end after the walk-through')
    .option('--step-timeout <duration>', 'how long a step of the walk-through may take', durationFlag, '2m')
    .action(async (flags: UpFlags, command: Command) => {
      refuseCombinations(flags, command)
      // what it starts takes a moment to load, which the other commands need not wait for
      const { runUp } = await import('../up/run.ts')
      await runUp(flags, command.optsWithGlobals<{ kubeconfig?: string }>().kubeconfig, environment)
    })
}

function parseControllers(list: string): readonly ControllerName[] {
  if (list === 'none') return []
  const words = list.split(',').map((word) => word.trim())
  const unknown = words.filter((word) => !controllerNames.some((name) => name === word))
  if (unknown.length > 0)
    throw new InvalidArgumentError(`'${unknown[0]}' is unknown; known: ${controllerNames.join(', ')}, or none.`)
  return controllerNames.filter((name) => words.includes(name))
}

function parseDirectory(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new InvalidArgumentError('It is no directory.')
  return path
}

function collectFlag(flag: string, all: readonly string[] = []): readonly string[] {
  const ofOne = controllerNames.some((name) => flag.startsWith(`${name}:--`))
  if (!ofOne && !flag.startsWith('--'))
    throw new InvalidArgumentError('It is no flag; write --controller-flag=--name=value, or kustomize:--name=value.')
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
