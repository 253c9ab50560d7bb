// SPDX-License-Identifier: Apache-2.0
import { kustomizationKind } from '@tidelock/api'
import { suspendedColumn } from './kind.ts'
import type { Column, CommandKind } from './kind.ts'
import { readyOf, shortHashes } from './listed.ts'
import type { Listed } from './listed.ts'

const appliedRevision = ({ status }: Listed): string => status?.lastAppliedRevision ?? ''

/** The Kustomization. */
export const kustomizations: CommandKind = {
  kind: kustomizationKind,
  title: 'kustomization',
  words: { one: 'kustomization', many: 'kustomizations', aliases: ['ks'] },
  verbs: ['get', 'reconcile', 'suspend', 'resume', 'delete', 'export'],
  columns: [{ title: 'Revision', cell: (obj) => shortHashes(appliedRevision(obj)) }, suspendedColumn],
  ready: readyOf,
  isStatic: () => false,
  success: (obj) => `applied revision ${appliedRevision(obj)}`,
  alwaysWritten: ['prune'],
}

/** Where a Kustomization comes from: the column of `--show-source`. */
export const sourceColumn: Column = {
  title: 'Source',
  cell: ({ metadata, spec }) =>
    `${spec?.sourceRef?.kind}/${spec?.sourceRef?.namespace ?? metadata.namespace}/${spec?.sourceRef?.name}`,
}
