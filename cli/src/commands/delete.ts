// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { connect } from '../connect.ts'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { addKindCommands } from '../kinds/add-kind-commands.ts'
import type { CommandKind } from '../kinds/kind.ts'
import { toRef } from '../objects/ref.ts'
import { confirm } from '../output/confirm.ts'

const examples = `
Examples:
  tidelock delete kustomization apps
  tidelock delete source git fleet --silent`

/** `tidelock delete <kind> <name>`: deletes an object, after a question. */
export function addDeleteCommand(program: Command, environment: Environment): void {
  const remove = program.command('delete').description('delete an object').addHelpText('after', examples)
  addKindCommands(remove, 'delete', (command, kind) =>
    command
      .argument('[name]', 'the object')
      .description(`delete a ${kind.kind.kind} object`)
      .option('-s, --silent', 'do not ask')
      .action((name: string | undefined, flags: { silent?: boolean }, self: Command) =>
        deleteObject(kind, name, flags.silent === true, self, environment),
      ),
  )
}

async function deleteObject(
  kind: CommandKind,
  name: string | undefined,
  isSilent: boolean,
  command: Command,
  environment: Environment,
): Promise<void> {
  const { err, signal } = environment
  if (name === undefined) throw new CliError('UsageInvalid', `${kind.title} name is required`)
  await using connection = await connect(command, environment)
  const { client, namespace } = connection
  const ref = toRef(kind.kind, namespace, name)
  const { metadata } = await client.get(ref, { signal })
  if (!isSilent) await confirm(`Are you sure you want to delete this ${kind.title}`, '--silent', environment)
  err(`► deleting ${kind.title} ${name} in ${namespace} namespace\n`)
  // the one that was asked about, not one of the same name made since
  await client.delete(ref, { uid: metadata.uid, signal })
  err(`✔ ${kind.title} deleted\n`)
}
