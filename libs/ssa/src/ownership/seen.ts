// SPDX-License-Identifier: Apache-2.0
import type { ManagedFieldsEntry, ObjectMeta } from '@tidelock/api'
import { isOwnEntry, isTakenOver } from '../fields/takeover.ts'
import type { ManagerRule } from '../fields/takeover.ts'
import { memberPaths } from '../fields/field-set.ts'
import { valueAt } from '../normalize/record.ts'
import { hashNumber } from '../object/hash.ts'
import { isMerge } from '../object/policy.ts'

/** Another manager's entry in managedFields, without its fields. */
export interface ForeignEntry {
  readonly manager: string
  readonly subresource: string
  /** Hash of identity, fields and time: a change of any of them changes it. The server sends an unchanged entry byte by byte alike. */
  readonly hash: number
  /** Milliseconds since the epoch; 0 when the entry has no time. */
  readonly timeMs: number
  /** Its fields become ours at the next apply. */
  readonly takenOver: boolean
  /** Nothing but the annotation of a rollout restart. */
  readonly restartOnly: boolean
}

/** What is kept of an object: enough to tell whether somebody touched what is ours, and who. No managedFields. */
export interface Seen {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly ownerNamespace: string | undefined
  readonly ownerName: string | undefined
  /** Of our Apply entry: hash and number of its fields (0 and 0 when there is none), its time, and whether `spec.replicas` is in it. */
  readonly ownHash: number
  readonly ownCount: number
  readonly ownTimeMs: number
  readonly ownReplicas: boolean
  readonly foreign: readonly ForeignEntry[]
  readonly terminating: boolean
  /** The live object says that other managers keep their fields. */
  readonly merge: boolean
}

/** How metadata is read. */
export interface SeenOptions {
  readonly labelGroup: string
  readonly fieldManager: string
  readonly rules: readonly ManagerRule[]
}

/** The metadata that is read; what is absent counts as empty. */
type SeenMetadata = Partial<Omit<ObjectMeta, 'managedFields' | 'labels' | 'annotations'>> & {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly managedFields?: readonly ManagedFieldsEntry[]
}

const nobody: readonly ForeignEntry[] = []
const restartPath = ['f:spec', 'f:template', 'f:metadata', 'f:annotations', 'f:kubectl.kubernetes.io/restartedAt'].join(
  '/',
)

/** Reads metadata, as a watch or a write's response brought it. */
export type SeenReader = (metadata: SeenMetadata) => Seen

/** More managers, namespaces and owners than this have their names kept once each. */
const maxShared = 10_000

/** Makes the reader of metadata. Names that many objects share (managers, namespaces, owners) are kept once. */
export function createSeenReader(options: SeenOptions): SeenReader {
  const { labelGroup, fieldManager, rules } = options
  const shared = new Map<string, string>()
  const share = (text: string): string => {
    const known = shared.get(text)
    if (known !== undefined) return known
    // whoever may label or edit an object chooses these texts
    if (shared.size >= maxShared) shared.clear()
    shared.set(text, text)
    return text
  }
  const shareIf = (text: string | undefined): string | undefined => (text === undefined ? undefined : share(text))
  const toForeign = (entry: ManagedFieldsEntry): ForeignEntry => ({
    manager: share(entry.manager ?? ''),
    subresource: share(entry.subresource ?? ''),
    hash: hashNumber(JSON.stringify(entry)),
    timeMs: timeOf(entry),
    takenOver: isTakenOver(entry, rules),
    restartOnly: isTakenOver(entry, rules) && isRestartOnly(entry),
  })
  return (metadata) => {
    const { labels, managedFields = [] } = metadata
    const own = managedFields.findLast((entry) => isOwnEntry(entry, fieldManager))
    const others = managedFields.filter((entry) => entry !== own)
    return {
      namespace: share(metadata.namespace ?? ''),
      name: metadata.name ?? '',
      uid: metadata.uid ?? '',
      resourceVersion: metadata.resourceVersion ?? '',
      ownerNamespace: shareIf(labels?.[`${labelGroup}/namespace`]),
      ownerName: shareIf(labels?.[`${labelGroup}/name`]),
      ownHash: own === undefined ? 0 : hashNumber(JSON.stringify(own.fieldsV1 ?? {})),
      ownCount: own === undefined ? 0 : count(memberPaths(own.fieldsV1 ?? {})),
      ownTimeMs: own === undefined ? 0 : timeOf(own),
      ownReplicas: valueAt(own?.fieldsV1, ['f:spec', 'f:replicas']) !== undefined,
      foreign: others.length === 0 ? nobody : others.map(toForeign),
      terminating: metadata.deletionTimestamp !== undefined,
      merge: isMerge(labelGroup, metadata),
    }
  }
}

function timeOf(entry: ManagedFieldsEntry): number {
  const timeMs = entry.time === undefined ? 0 : Date.parse(entry.time)
  return Number.isNaN(timeMs) ? 0 : timeMs
}

function isRestartOnly(entry: ManagedFieldsEntry): boolean {
  const paths = Array.from(memberPaths(entry.fieldsV1 ?? {}), (path) => path.join('/'))
  // a parent that did not exist before is a member too
  return paths.includes(restartPath) && paths.every((path) => restartPath.startsWith(path))
}

function count(items: Iterable<unknown>): number {
  let total = 0
  for (const _ of items) total++
  return total
}
