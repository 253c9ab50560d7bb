// SPDX-License-Identifier: Apache-2.0
import {
  bucketKind,
  externalArtifactKind,
  gitRepositoryKind,
  helmChartKind,
  helmRepositoryKind,
  ociRepositoryKind,
} from '@tidelock/api'
import { suspendedColumn } from './kind.ts'
import type { Column, CommandKind } from './kind.ts'
import { artifactRevision, readyOf, shortHashes } from './listed.ts'
import type { Listed } from './listed.ts'

const revisionColumn: Column = { title: 'Revision', cell: (obj) => shortHashes(artifactRevision(obj)) }

const source = {
  verbs: ['get', 'reconcile', 'suspend', 'resume', 'delete', 'export'],
  columns: [revisionColumn, suspendedColumn],
  ready: readyOf,
  isStatic: () => false,
  success: (obj) => `fetched revision ${artifactRevision(obj)}`,
  alwaysWritten: [],
} satisfies Partial<CommandKind>

const wordsOf = (one: string, ...shortcuts: readonly string[]): CommandKind['words'] => ({
  ...{ group: 'source', one, many: one, shortcuts },
})

const isOciHelm = ({ spec }: Listed): boolean => spec?.type === 'oci'
const helmReady = { status: 'True', message: 'Helm repository is Ready' }

/** The sources, in the order in which `get sources all` lists them. */
export const sourceKinds: readonly CommandKind[] = [
  {
    ...source,
    kind: ociRepositoryKind,
    title: 'source oci',
    words: wordsOf('oci', 'ocirepository', 'ocirepositories', 'ocirepo'),
  },
  { ...source, kind: bucketKind, title: 'source bucket', words: wordsOf('bucket', 'buckets') },
  {
    ...source,
    kind: gitRepositoryKind,
    title: 'source git',
    words: wordsOf('git', 'gitrepository', 'gitrepositories', 'gitrepo'),
  },
  {
    ...source,
    kind: helmRepositoryKind,
    title: 'source helm',
    words: wordsOf('helm', 'helmrepository', 'helmrepositories', 'helmrepo'),
    ready: (obj) => (isOciHelm(obj) ? helmReady : readyOf(obj)),
    isStatic: isOciHelm,
    success: (obj) => (isOciHelm(obj) ? helmReady.message : source.success(obj)),
  },
  {
    ...source,
    kind: helmChartKind,
    title: 'source chart',
    words: wordsOf('chart', 'helmchart', 'helmcharts'),
    // a version of the chart, not a hash
    columns: [{ title: 'Revision', cell: artifactRevision }, suspendedColumn],
  },
  {
    ...source,
    kind: externalArtifactKind,
    title: 'source external-artifact',
    words: wordsOf('external', 'externalartifact', 'externalartifacts'),
    verbs: ['get', 'export'],
    columns: [revisionColumn, { title: 'Source', cell: ({ spec }) => nameOf(spec?.sourceRef) }],
  },
]

function nameOf(ref: { kind: string; name: string; namespace?: string } | undefined): string {
  return ref === undefined ? '' : `${ref.kind}/${ref.namespace ?? ''}/${ref.name}`
}
