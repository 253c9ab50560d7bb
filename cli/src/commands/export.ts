// SPDX-License-Identifier: Apache-2.0
import type { Json } from '@tidelock/api'
import type { Command } from 'commander'
import { connect } from '../connect.ts'
import type { Connection } from '../connect.ts'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { addKindCommands } from '../kinds/add-kind-commands.ts'
import type { CommandKind } from '../kinds/kind.ts'
import type { Listed } from '../kinds/listed.ts'
import { toExported, toExportedSecret } from '../objects/exported.ts'
import { toRef } from '../objects/ref.ts'
import { toGoYaml } from '../output/go-yaml/write.ts'

interface ExportFlags {
  readonly all?: boolean
  readonly withCredentials?: boolean
}

const examples = `
Examples:
  tidelock export kustomization apps > apps.yaml
  tidelock export source git --all --with-credentials`

/** `tidelock export <kind> [name]`: objects as YAML that can be committed, without what the cluster added. */
export function addExportCommand(program: Command, environment: Environment): void {
  const parent = program
    .command('export')
    .description('print objects as YAML that can be committed')
    .addHelpText('after', examples)
  addKindCommands(parent, 'export', (command, kind) => {
    command
      .argument('[name]', 'the object')
      .description(`print ${kind.kind.kind} objects as YAML`)
      .option('--all', 'all of the namespace')
      .action((name: string | undefined, flags: ExportFlags, self: Command) =>
        exportObjects(kind, name, flags, self, environment),
      )
    if (kind.words.group === 'source') command.option('--with-credentials', 'with the Secret that spec.secretRef names')
  })
}

async function exportObjects(
  kind: CommandKind,
  name: string | undefined,
  flags: ExportFlags,
  command: Command,
  environment: Environment,
): Promise<void> {
  if (name === undefined && flags.all !== true) throw new CliError('UsageInvalid', 'name is required, or --all')
  const { out, signal } = environment
  await using connection = await connect(command, environment)
  for (const obj of await read(kind, flags.all === true ? undefined : name, connection, signal)) {
    out(document(toExported(kind, obj)))
    const secret = obj.spec?.secretRef?.name
    if (flags.withCredentials === true && secret !== undefined)
      out(document(toExportedSecret(await readSecret(secret, connection, signal))))
  }
}

async function read(
  kind: CommandKind,
  name: string | undefined,
  { client, namespace }: Connection,
  signal: AbortSignal,
): Promise<readonly Listed[]> {
  if (name !== undefined) return [await client.get<Listed>(toRef(kind.kind, namespace, name), { signal })]
  const { items } = await client.list<Listed>(kind.kind, { namespace, signal })
  if (items.length === 0) throw new CliError('NotFound', `no objects found in ${namespace} namespace`)
  return items
}

async function readSecret(name: string, { client, namespace }: Connection, signal: AbortSignal): Promise<Listed> {
  const secret = await client.find<Listed>({ apiVersion: 'v1', kind: 'Secret', namespace, name }, { signal })
  if (secret === undefined)
    throw new CliError('NotFound', `failed to retrieve secret ${name}, error: secrets "${name}" not found`)
  return secret
}

/** One document of a YAML stream. */
function document(value: Json): string {
  return `---\n${toGoYaml(value)}`
}
