// SPDX-License-Identifier: Apache-2.0
import { Command, CommanderError } from 'commander'

/** The command of a controller, to declare its flags on. Parsing throws instead of ending the process; who catches the error tells it. */
export function controllerCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
}

/** Whether parsing ended because `--help` was asked for and given: not a failure. */
export function isHelp(error: unknown): boolean {
  return error instanceof CommanderError && error.exitCode === 0
}
