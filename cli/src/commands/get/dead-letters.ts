// SPDX-License-Identifier: Apache-2.0
import {
  deadLettersAnnotation,
  formatKey,
  newestDeadLettersAnnotation,
  parseDeadLetters,
  providerKind,
  toKey,
} from '@tidelock/api'
import type { DeadLetterSummary } from '@tidelock/api'
import { Option } from 'commander'
import type { Command } from 'commander'
import { connect } from '../../connect.ts'
import type { Environment } from '../../environment.ts'
import { CliError } from '../../errors.ts'
import type { Listed } from '../../kinds/listed.ts'
import { formatFluxTable } from '../../output/flux-table.ts'
import { print } from '../../output/print.ts'

interface DeadLetterFlags {
  readonly allNamespaces?: boolean
  readonly header: boolean
  readonly output?: 'json' | 'yaml'
}

interface Row extends DeadLetterSummary {
  readonly namespace: string
  readonly provider: string
}

/** `tidelock get dead-letters [provider]`: the newest messages that were given up, as the Providers say. */
export function addDeadLetters(parent: Command, environment: Environment): void {
  parent
    .command('dead-letters')
    .alias('dead-letter')
    .argument('[provider]', 'of one alert provider only')
    .description('list the newest messages to alert providers that were given up')
    .option('-A, --all-namespaces', 'look in all namespaces')
    .option('--no-header', 'leave the header out')
    .addOption(new Option('-o, --output <format>', 'the letters as a list').choices(['json', 'yaml']))
    .action((name: string | undefined, flags: DeadLetterFlags, self: Command) => list(name, flags, self, environment))
}

async function list(
  name: string | undefined,
  flags: DeadLetterFlags,
  command: Command,
  environment: Environment,
): Promise<void> {
  await using connection = await connect(command, environment)
  const { client, namespace } = connection
  const { items } = await client.list<Listed>(providerKind, {
    ...(flags.allNamespaces === true ? {} : { namespace }),
    ...(name === undefined ? {} : { fieldSelector: `metadata.name=${name}` }),
    signal: environment.signal,
  })
  const place = flags.allNamespaces === true ? 'any namespace' : `"${namespace}" namespace`
  if (name !== undefined && items.length === 0)
    throw new CliError('NotFound', `Provider object '${name}' not found in ${place}`)
  const rows = items.flatMap(lettersOf).sort((a, b) => (a.time < b.time ? 1 : -1))
  if (flags.output !== undefined) return print(rows, flags.output, environment)
  if (rows.length === 0) return environment.err(`no dead letters in ${place}\n`)
  environment.out(toTable(rows, flags))
  for (const provider of items) environment.err(notShown(provider))
}

function lettersOf({ metadata: { namespace = '', name: provider, annotations = {} } }: Listed): readonly Row[] {
  const letters = parseDeadLetters(annotations[newestDeadLettersAnnotation] ?? '[]')
  return letters.map((letter) => ({ namespace, provider, ...letter }))
}

function toTable(rows: readonly Row[], { allNamespaces, header }: DeadLetterFlags): string {
  const columns: readonly (readonly [title: string, cell: (row: Row) => string])[] = [
    ...(allNamespaces === true ? [['Namespace', (row: Row) => row.namespace] as const] : []),
    ['Provider', (row) => row.provider],
    ['Time', (row) => row.time],
    ['Object', (row) => row.object],
    ['Reason', (row) => row.reason],
    ['Code', (row) => row.code],
    ['Error', (row) => row.error],
  ]
  return formatFluxTable(
    header ? columns.map(([title]) => title) : undefined,
    rows.map((row) => columns.map(([, cell]) => cell(row))),
  )
}

/** The Provider says only the newest. */
function notShown(provider: Listed): string {
  const count = Number(provider.metadata.annotations?.[deadLettersAnnotation] ?? 0)
  const more = count - lettersOf(provider).length
  return more > 0 ? `► and ${more} older ones of ${formatKey(toKey(provider))}\n` : ''
}
