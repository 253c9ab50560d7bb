// SPDX-License-Identifier: Apache-2.0
import { CliError } from '../../errors.ts'
import type { Column, CommandKind } from '../../kinds/kind.ts'
import { sourceColumn } from '../../kinds/kustomizations.ts'
import { shortHashes } from '../../kinds/listed.ts'
import type { Listed } from '../../kinds/listed.ts'
import { formatFluxTable } from '../../output/flux-table.ts'
import type { GetFlags, GetRequest } from './flags.ts'
import { isSelected } from './status-selector.ts'

/** The table of one kind. Among tables of other kinds a name has its kind in front, and no table stands for no rows. */
export function toTable(kind: CommandKind, objects: readonly Listed[], flags: GetFlags, isAmong: boolean): string {
  const { statusSelector } = flags
  const shown = statusSelector === undefined ? objects : objects.filter((obj) => isSelected(kind, obj, statusSelector))
  if (isAmong && shown.length === 0) return ''
  const columns = columnsOf(kind, flags, isAmong)
  const header = flags.header ? columns.map(({ title }) => title) : undefined
  return formatFluxTable(
    header,
    shown.map((obj) => columns.map(({ cell }) => cell(obj))),
  )
}

function columnsOf(kind: CommandKind, flags: GetFlags, isAmong: boolean): readonly Column[] {
  const prefix = isAmong ? `${kind.kind.kind.toLowerCase()}/` : ''
  return [
    ...(flags.allNamespaces === true
      ? [{ title: 'Namespace', cell: (obj: Listed) => obj.metadata.namespace ?? '' }]
      : []),
    { title: 'Name', cell: (obj) => `${prefix}${obj.metadata.name}` },
    ...(flags.showSource === true ? [sourceColumn] : []),
    ...kind.columns,
    { title: 'Ready', cell: (obj) => kind.ready(obj).status },
    { title: 'Message', cell: (obj) => messageOf(kind, obj) },
  ]
}

function messageOf(kind: CommandKind, obj: Listed): string {
  const { message } = kind.ready(obj)
  return kind.wholeMessage === true ? message : shortHashes(message)
}

/** Throws NotFound in the words of flux. */
export function refuseNone({ kind, name, flags, connection }: GetRequest): never {
  const place = `${flags.allNamespaces === true ? 'any' : `"${connection.namespace}"`} namespace`
  const what =
    name === undefined ? `no ${kind.kind.kind} objects found` : `${kind.kind.kind} object '${name}' not found`
  throw new CliError('NotFound', `${what} in ${place}`)
}
