// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { CommandLine } from './command-line.ts'
import type { Environment } from './environment.ts'
import { addListCommand } from './commands/artifact/list.ts'
import { addPullCommand } from './commands/artifact/pull.ts'
import { addPushCommand } from './commands/artifact/push.ts'
import { addTagCommand } from './commands/artifact/tag.ts'
import { addBuildCommand } from './commands/build.ts'
import { addDiffCommand } from './commands/diff.ts'
import { addClusterFlags, addTokenFlag } from './commands/cluster-flags.ts'
import { addCreateCommand } from './commands/create.ts'
import { addDeleteCommand } from './commands/delete.ts'
import { addEventsCommand } from './commands/events.ts'
import { addExportCommand } from './commands/export.ts'
import { addResumeCommand } from './commands/resume.ts'
import { addSuspendCommand } from './commands/suspend.ts'
import { addDownCommand } from './commands/down.ts'
import { addGetCommand } from './commands/get.ts'
import { addHistoryCommand } from './commands/history.ts'
import { addTriggerCommand } from './commands/trigger.ts'
import { addReconcileCommand } from './commands/reconcile.ts'
import { addUpCommand } from './commands/up.ts'
import { addVersionCommand, readVersion } from './commands/version.ts'

/** The whole command line. Parsing throws commander's CommanderError, after it has printed, for help and for bad usage. */
export function createProgram(environment: Environment): Command {
  const { out, err } = environment
  const program = new CommandLine('tidelock')
    .description('GitOps for Kubernetes: what stands in Git is what runs')
    .exitOverride()
    .configureOutput({
      writeOut: out,
      writeErr: err,
      outputError: (text, write) => write(text.replace(/^error:/, '✗')),
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(see --help)')
    .version(`v${readVersion()}`, '--version', 'print the version of this command')
    .showSuggestionAfterError()
  addClusterFlags(program)
  addUpCommand(program, environment)
  addDownCommand(program, environment)
  addGetCommand(program, environment)
  addReconcileCommand(program, environment)
  addCreateCommand(program, environment)
  addSuspendCommand(program, environment)
  addResumeCommand(program, environment)
  addExportCommand(program, environment)
  addDeleteCommand(program, environment)
  addBuildCommand(program, environment)
  addDiffCommand(program, environment)
  addPushCommand(program, environment)
  addPullCommand(program, environment)
  addTagCommand(program, environment)
  addListCommand(program, environment)
  addEventsCommand(program, environment)
  addHistoryCommand(program, environment)
  addTriggerCommand(program, environment)
  addVersionCommand(program, environment)
  addTokenFlag(program)
  return program
}
