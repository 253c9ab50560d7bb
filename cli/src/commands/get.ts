// SPDX-License-Identifier: Apache-2.0
import { Option } from 'commander'
import type { Command } from 'commander'
import { connect } from '../connect.ts'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { addKindCommands, groupOf } from '../kinds/add-kind-commands.ts'
import type { CommandKind } from '../kinds/kind.ts'
import { commandKinds } from '../kinds/kinds.ts'
import { kustomizations } from '../kinds/kustomizations.ts'
import { print } from '../output/print.ts'
import { getAll } from './get/all.ts'
import { refuseNone, toTable } from './get/rows.ts'
import { readListed } from './get/read.ts'
import { selectorFlag } from './get/status-selector.ts'
import { addDeadLetters } from './get/dead-letters.ts'
import type { GetFlags } from './get/flags.ts'
import { watchListed } from './get/watch.ts'

const examples = `
Examples:
  tidelock get all -A
  tidelock get kustomizations --status-selector ready=false
  tidelock get sources git fleet -o yaml`

/** `tidelock get <kind> [name]`: the columns of `flux get`, or the objects as JSON or YAML. */
export function addGetCommand(program: Command, environment: Environment): void {
  const get = program.command('get').description('list objects and how they are').addHelpText('after', examples)
  addKindCommands(get, 'get', (command, kind) => {
    addGetFlags(command.argument('[name]', 'one object only'))
      .description(`list ${kind.kind.kind} objects and how they are`)
      .option('-w, --watch', 'go on with each change, until --timeout')
      .action((name: string | undefined, flags: GetFlags, self: Command) => list(kind, name, flags, self, environment))
    if (kind === kustomizations) command.option('--show-source', 'with the source of each')
  })
  addAll(get, 'list the objects of all kinds', commandKinds, environment)
  addDeadLetters(get, environment)
  const sources = commandKinds.filter(({ words }) => words.group === 'source')
  addAll(groupOf(get, 'source', 'get'), 'list the sources of all kinds', sources, environment)
}

function addGetFlags(command: Command): Command {
  return command
    .option('-A, --all-namespaces', 'look in all namespaces')
    .option('--no-header', 'leave the header out')
    .option('-l, --label-selector <selector>', 'labels to select by')
    .option('--status-selector <condition>', 'a condition to select by: ready=false, ready!=true', selectorFlag)
    .addOption(new Option('-o, --output <format>', 'the objects themselves').choices(['json', 'yaml']))
}

async function list(
  kind: CommandKind,
  name: string | undefined,
  flags: GetFlags,
  command: Command,
  environment: Environment,
): Promise<void> {
  if (flags.watch === true && flags.output !== undefined)
    throw new CliError('UsageInvalid', '--output: a watch prints lines; leave --watch or --output out')
  await using connection = await connect(command, environment)
  const request = { kind, name, flags, connection, signal: environment.signal }
  if (flags.watch === true) return await watchListed(request, environment)
  const objects = await readListed(request)
  if (objects.length === 0) return refuseNone(request)
  if (flags.output === undefined) return environment.out(toTable(kind, objects, flags, false))
  print(name === undefined || flags.allNamespaces === true ? toList(objects) : objects[0], flags.output, environment)
}

function addAll(parent: Command, description: string, kinds: readonly CommandKind[], environment: Environment): void {
  const all = addGetFlags(parent.command('all').description(description))
  all.addOption(new Option('-w, --watch', 'of one kind only').hideHelp())
  all.action(async (flags: GetFlags, command: Command) => {
    if (flags.watch === true)
      throw new CliError('UsageInvalid', '--watch: expected a single resource type, but found all')
    await using connection = await connect(command, environment)
    const found = await getAll(kinds, flags, connection, environment)
    if (flags.output !== undefined)
      return print(toList(found.flatMap(({ objects }) => objects)), flags.output, environment)
    const tables = found.map(({ kind, objects }) => toTable(kind, objects, flags, true)).filter((text) => text !== '')
    environment.out(tables.map((text) => `${text}\n`).join(''))
  })
}

function toList(items: readonly object[]): object {
  return { apiVersion: 'v1', kind: 'List', items }
}
