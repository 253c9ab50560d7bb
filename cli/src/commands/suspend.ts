// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import type { Command } from 'commander'
import { connect } from '../connect.ts'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { addKindCommands } from '../kinds/add-kind-commands.ts'
import type { CommandKind } from '../kinds/kind.ts'
import { requireNames, selectObjects, setSuspend } from '../objects/select.ts'

const examples = `
Examples:
  tidelock suspend kustomization apps
  tidelock suspend source git fleet shop
  tidelock suspend kustomization --all -n team-a`

/** `tidelock suspend <kind> <name...>`: nothing reconciles the objects until `resume`. */
export function addSuspendCommand(program: Command, environment: Environment): void {
  const suspend = program
    .command('suspend')
    .description('stop reconciling objects until they are resumed')
    .addHelpText('after', examples)
  addKindCommands(suspend, 'suspend', (command, kind) =>
    command
      .argument('[name...]', 'objects')
      .description(`suspend ${kind.kind.kind} objects`)
      .option('--all', 'all of the namespace')
      .action((names: string[], flags: { all?: boolean }, self: Command) =>
        suspendObjects(kind, names, flags.all === true, self, environment),
      ),
  )
}

async function suspendObjects(
  kind: CommandKind,
  names: readonly string[],
  all: boolean,
  command: Command,
  environment: Environment,
): Promise<void> {
  const { err, signal } = environment
  requireNames(kind, names, all)
  await using connection = await connect(command, environment)
  const { objects, missing } = await selectObjects(kind, names, all, connection, signal)
  if (names.length === 0 && objects.length === 0) throw new CliError('NotFound', 'no objects found')
  for (const { metadata } of objects) {
    err(`► suspending ${kind.title} ${metadata.name} in ${connection.namespace} namespace\n`)
    try {
      await setSuspend(connection, kind, metadata.name, true, signal)
    } catch (error) {
      if (names.length === 0) throw error
      const which = `${kind.kind.kind} ${metadata.name} in ${connection.namespace} namespace`
      err(`✗ failed suspending ${which}: ${errorMessage(error)}\n`)
      continue
    }
    err(`✔ ${kind.title} suspended\n`)
  }
  for (const name of missing) err(`✗ ${kind.kind.kind} ${name} not found in ${connection.namespace} namespace\n`)
}
