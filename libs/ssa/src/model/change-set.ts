// SPDX-License-Identifier: Apache-2.0
import type { ManagedFieldsEntry } from '@tidelock/api'
import type { ObjectRef } from '@tidelock/kube'

/** What was done to an object. The words are Flux's, but for `drifted`: it differs from what was applied, and was left so. */
export type Action = 'created' | 'configured' | 'unchanged' | 'deleted' | 'skipped' | 'unknown' | 'drifted'

/** Metadata of an object as the server last returned it to us: what the ownership cache records. */
export interface ObservedMetadata {
  readonly uid: string
  readonly resourceVersion: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly managedFields: readonly ManagedFieldsEntry[]
}

/** The result of one object. */
export interface ChangeSetEntry {
  readonly object: ObjectRef
  /** `Kind/namespace/name`, or `Kind/name`. */
  readonly subject: string
  readonly action: Action
  /** Hash of the object as it was sent; see `hashObject`. Absent for deletions. */
  readonly renderedHash?: string
  /** Absent when no request told us: `knownUnchanged`, deletions, skipped objects that do not exist. */
  readonly observed?: ObservedMetadata
  /** A Job with `ttlSecondsAfterFinished`: once it is gone it counts as finished. */
  readonly jobWithTtl?: boolean
}

/** The results of a run, in the order in which Flux stores them in the inventory. */
export type ChangeSet = readonly ChangeSetEntry[]

/** `<subject> <action>` of each entry, one a line: the text of Flux's events. */
export function formatChangeSet(changeSet: ChangeSet): string {
  return changeSet.map(({ subject, action }) => `${subject} ${action}`).join('\n')
}

/** Whether the action is worth an event: unchanged and skipped are not. */
export function hasChanged(action: Action): boolean {
  return action === 'created' || action === 'configured' || action === 'deleted'
}

/** Subjects by action: the shape of Flux's grouped change log. */
export function groupByAction(changeSet: ChangeSet): Partial<Record<Action, string[]>> {
  const groups: Partial<Record<Action, string[]>> = {}
  for (const { subject, action } of changeSet) (groups[action] ??= []).push(subject)
  return groups
}

/** Actions by subject: the shape of Flux's ungrouped change log. */
export function toActionMap(changeSet: ChangeSet): Record<string, Action> {
  return Object.fromEntries(changeSet.map(({ subject, action }) => [subject, action]))
}
