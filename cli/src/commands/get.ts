// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { Option } from 'commander'
import type { Command } from 'commander'
import { connect } from '../connect.ts'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { print } from '../output/print.ts'
import { formatTable } from '../output/table.ts'
import { commandKinds, parseKind, readyOf, shortRevision } from './kinds.ts'
import type { CommandKind, Listed } from './kinds.ts'

interface GetFlags {
  namespace: string
  allNamespaces?: boolean
  header: boolean
  labelSelector?: string
  output?: 'json' | 'yaml'
}

const examples = `
Examples:
  tidelock get all -A
  tidelock get kustomizations
  tidelock get sources git fleet -o yaml`

/** `tidelock get <kind> [name]`: the columns of `flux get`, or the objects as JSON or YAML. */
export function addGetCommand(program: Command, environment: Environment): void {
  program
    .command('get')
    .description(`list objects: all, ${commandKinds.map(({ words: [word] }) => word).join(', ')}`)
    .argument('<kind...>', 'a kind and perhaps a name: all | sources git [name] | kustomizations [name]')
    .addHelpText('after', examples)
    .option('-n, --namespace <namespace>', 'namespace to look in', 'flux-system')
    .option('-A, --all-namespaces', 'look in all namespaces')
    .option('--no-header', 'leave the header out')
    .option('-l, --label-selector <selector>', 'labels to select by')
    .addOption(new Option('-o, --output <format>', 'the objects themselves').choices(['json', 'yaml']))
    .action(async (words: string[], flags: GetFlags, command: Command) => {
      const { kinds, name } = choose(words)
      refuseBesideName(name, flags)
      await using connection = await connect(command, environment)
      const found = await Promise.all(
        kinds.map(async (kind) => ({
          kind,
          objects: await read(connection.client, kind, name, flags, environment.signal),
        })),
      )
      if (flags.output !== undefined)
        return printObjects(
          found.flatMap(({ objects }) => objects),
          name,
          flags.output,
          environment,
        )
      const tables = found.filter(({ objects }) => objects.length > 0)
      if (tables.length === 0)
        return environment.err(
          `✗ no objects found in ${flags.allNamespaces === true ? 'any namespace' : `namespace ${flags.namespace}`}\n`,
        )
      environment.out(tables.map(({ kind, objects }) => toTable(kind, objects, flags, tables.length > 1)).join('\n'))
    })
}

function choose(words: readonly string[]): { kinds: readonly CommandKind[]; name: string | undefined } {
  if (words.length === 1 && words[0] === 'all') return { kinds: commandKinds, name: undefined }
  const { kind, rest } = parseKind(words)
  if (rest.length > 1) throw new CliError('UsageInvalid', `one name at a time: '${rest.join(' ')}'`)
  return { kinds: [kind], name: rest[0] }
}

function refuseBesideName(name: string | undefined, flags: GetFlags): void {
  if (name === undefined) return
  if (flags.allNamespaces === true)
    throw new CliError('UsageInvalid', `--all-namespaces: '${name}' is one object; give its namespace with -n instead`)
  if (flags.labelSelector !== undefined)
    throw new CliError('UsageInvalid', `--label-selector: '${name}' is one object; leave one of the two out`)
}

async function read(
  client: KubeClient,
  { kind }: CommandKind,
  name: string | undefined,
  flags: GetFlags,
  signal: AbortSignal,
): Promise<readonly Listed[]> {
  const { namespace } = flags
  if (name !== undefined)
    return [await client.get<Listed>({ apiVersion: apiVersionOf(kind), kind: kind.kind, namespace, name }, { signal })]
  const { items } = await client.list<Listed>(kind, {
    ...(flags.allNamespaces === true ? {} : { namespace }),
    ...(flags.labelSelector === undefined ? {} : { labelSelector: flags.labelSelector }),
    signal,
  })
  return items
}

function printObjects(
  objects: readonly Listed[],
  name: string | undefined,
  format: 'json' | 'yaml',
  environment: Environment,
): void {
  for (const { metadata } of objects) delete metadata.managedFields
  const value = name === undefined ? { apiVersion: 'v1', kind: 'List', items: objects } : objects[0]
  print(value, format, environment)
}

function toTable(
  { kind, revision }: CommandKind,
  objects: readonly Listed[],
  flags: GetFlags,
  prefixed: boolean,
): string {
  const spaced = flags.allNamespaces === true
  const header = [...(spaced ? ['NAMESPACE'] : []), 'NAME', 'REVISION', 'SUSPENDED', 'READY', 'MESSAGE']
  const rows = objects.map((obj) => {
    const { status, message } = readyOf(obj)
    const name = prefixed ? `${kind.kind.toLowerCase()}/${obj.metadata.name}` : obj.metadata.name
    const suspended = obj.spec?.suspend === true ? 'True' : 'False'
    return [
      ...(spaced ? [obj.metadata.namespace ?? ''] : []),
      name,
      shortRevision(revision(obj)),
      suspended,
      status,
      message.replaceAll('\n', ' '),
    ]
  })
  return formatTable(flags.header ? header : undefined, rows)
}
