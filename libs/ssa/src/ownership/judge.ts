// SPDX-License-Identifier: Apache-2.0
import { compareResourceVersions } from '@tidelock/kube'
import type { OwnerKey } from '../model/owner.ts'
import type { ForeignEntry, Seen } from './seen.ts'
import type { SuspectCause } from './types.ts'

/** What a change of an object means, before it is known whose second offence it is. */
export interface Verdict {
  readonly cause: SuspectCause
  readonly culprit: string
  /** Everybody whose entries appeared or changed, the newest first. */
  readonly managers: readonly string[]
  readonly urgency: 'now' | 'interval'
  readonly newOwner?: OwnerKey | undefined
}

/** What nobody's entry tells. */
export const unknownCulprit = 'unknown'

/** The same of a verdict without a culprit. */
export const nobody: Pick<Verdict, 'culprit' | 'managers'> = { culprit: unknownCulprit, managers: [] }

/**
 * Holds what is seen of an object against what it was when we last knew it to be as we want it. Undefined: nothing of ours was
 * touched (an echo, an old event, a status, another's own fields). The rules, and why they hold, are in docs/design/ownership-watches.md.
 */
export function judge(base: Seen, now: Seen, owner: OwnerKey): Verdict | undefined {
  if (now.uid !== base.uid) return { cause: 'deleted', ...whoOf(now.foreign), urgency: 'now' }
  if ((compareResourceVersions(now.resourceVersion, base.resourceVersion) ?? 1) <= 0) return undefined
  if (now.terminating) return undefined
  const changed = changedEntries(base, now)
  if (now.ownerName !== owner.name || now.ownerNamespace !== owner.namespace) return ownerChanged(now, changed)
  if (now.ownHash !== base.ownHash) return fieldsChanged(base, now, changed)
  if (now.ownTimeMs !== base.ownTimeMs) return { cause: 'unclear', ...nobody, urgency: 'now' }
  return takenOver(now)
}

/** Whether the next apply would take fields from another manager, whatever we knew before. */
export function takenOver(now: Seen): Verdict | undefined {
  if (now.merge) return undefined
  const entries = now.foreign.filter((entry) => entry.takenOver)
  if (entries.length === 0) return undefined
  const urgency = entries.every(({ restartOnly }) => restartOnly) ? 'interval' : 'now'
  return { cause: 'taken-over', ...whoOf(entries), urgency }
}

/** The managers that may have touched what is ours since we applied it, the newest first, for who saw only the result. */
export function laterManagers(now: Seen): readonly string[] {
  const later = now.foreign.filter(
    ({ subresource, takenOver: isTaken, timeMs }) =>
      subresource !== 'status' && (isTaken || timeMs >= now.ownTimeMs || (subresource === 'scale' && !now.ownReplicas)),
  )
  return whoOf(later).managers
}

function ownerChanged(now: Seen, changed: readonly ForeignEntry[]): Verdict {
  const { ownerName: name, ownerNamespace: namespace } = now
  const newOwner = name === undefined || namespace === undefined ? undefined : { name, namespace }
  // without a culprit it was applied under our own name: it belongs to another Kustomization now
  const urgency = changed.length === 0 ? 'interval' : urgencyOf(changed)
  return { cause: 'owner-changed', ...whoOf(changed), urgency, newOwner }
}

function fieldsChanged(base: Seen, now: Seen, changed: readonly ForeignEntry[]): Verdict {
  if (now.ownCount >= base.ownCount) return { cause: 'unclear', ...nobody, urgency: 'now' }
  const scale = now.foreign.find(({ subresource }) => subresource === 'scale')
  // a scale entry has no time, and a second scaling leaves it as it is
  if (scale !== undefined && base.ownReplicas && !now.ownReplicas && base.ownCount - now.ownCount === 1) {
    const others = whoOf(changed).managers.filter((manager) => manager !== scale.manager)
    const managers = [scale.manager, ...others]
    return { cause: 'changed', culprit: scale.manager, managers, urgency: 'interval' }
  }
  return { cause: 'changed', ...whoOf(changed), urgency: urgencyOf(changed) }
}

/** A removal leaves no entry behind: somebody with an editor is the likely one, and a fight is bounded elsewhere. */
function urgencyOf(changed: readonly ForeignEntry[]): 'now' | 'interval' {
  const hostile = changed.filter((entry) => entry.takenOver && !entry.restartOnly)
  return changed.length === 0 || hostile.length > 0 ? 'now' : 'interval'
}

/** Entries that appeared or changed, but for those of status writes. */
function changedEntries(base: Seen, now: Seen): ForeignEntry[] {
  const known = new Set(base.foreign.map(({ hash }) => hash))
  return now.foreign.filter(({ hash, subresource }) => subresource !== 'status' && !known.has(hash))
}

/** Of those that wrote in the same second, whom the next apply takes fields from first: more likely it was a person. */
function whoOf(entries: readonly ForeignEntry[]): Pick<Verdict, 'culprit' | 'managers'> {
  const sorted = entries.toSorted((a, b) => b.timeMs - a.timeMs || Number(b.takenOver) - Number(a.takenOver))
  const managers = [...new Set(sorted.map(({ manager }) => manager))]
  return { culprit: managers[0] ?? unknownCulprit, managers }
}
