// SPDX-License-Identifier: Apache-2.0
import { formatKey, getCondition, isReady, readyCondition, toKey } from '@tidelock/api'
import type { Kustomization, ObjectKey } from '@tidelock/api'

/** What the triggers look up, all of it in caches. */
export interface TriggerLookups {
  readonly getOwn: (key: ObjectKey) => Kustomization | undefined
  /** Kustomizations that depend on the one with the key. */
  readonly dependents: (key: ObjectKey) => readonly Kustomization[]
  /** Revision of the artifact of the object's source. */
  readonly sourceRevision: (obj: Kustomization) => string | undefined
}

/**
 * Who must run because this Kustomization changed. Caches lag behind each other, so each rule looks at the state that came last,
 * whichever that is:
 * - it attempted another revision than its source has by now: itself, since the fan-out of that revision may have found the old status;
 * - it became ready, observed its newest generation or applied another revision: those that wait for it, or will have to because they are behind it;
 * - it was found to wait for dependencies that are ready by now: itself.
 */
export function triggeredBy(
  now: Kustomization,
  before: Kustomization | undefined,
  lookups: TriggerLookups,
): Kustomization[] {
  if (before === undefined) return []
  const self = isBehindSource(now, before, lookups) || waitsInVain(now, before, lookups) ? [now] : []
  return [...self, ...released(now, before, lookups)]
}

function isBehindSource(now: Kustomization, before: Kustomization, { sourceRevision }: TriggerLookups): boolean {
  const attempted = now.status?.lastAttemptedRevision
  if (attempted === undefined || attempted === before.status?.lastAttemptedRevision) return false
  const current = sourceRevision(now)
  return current !== undefined && current !== attempted
}

function released(now: Kustomization, before: Kustomization, { dependents }: TriggerLookups): Kustomization[] {
  const applied = now.status?.lastAppliedRevision
  const isNews =
    isReady(now) && (!isReady(before) || !isCurrent(before) || before.status?.lastAppliedRevision !== applied)
  if (!isNews) return []
  return dependents(toKey(now)).filter((each) => !isReady(each) || each.status?.lastAppliedRevision !== applied)
}

function waitsInVain(now: Kustomization, before: Kustomization, { getOwn }: TriggerLookups): boolean {
  if (!isWaiting(now) || isWaiting(before)) return false
  const keys = (now.spec.dependsOn ?? []).map(({ name, namespace }) => ({
    namespace: namespace ?? now.metadata.namespace ?? '',
    name,
  }))
  return keys.every((key) => {
    const dependency = getOwn(key)
    return dependency !== undefined && isReady(dependency) && isCurrent(dependency)
  })
}

function isWaiting(obj: Kustomization): boolean {
  return getCondition(obj, readyCondition)?.reason === 'DependencyNotReady'
}

function isCurrent(obj: Kustomization): boolean {
  return obj.status?.observedGeneration === obj.metadata.generation
}

/** The dependencies of an object as keys, for the index that `dependents` asks. */
export function dependencyKeys({ spec, metadata }: Kustomization): string[] {
  return (spec.dependsOn ?? []).map(({ name, namespace }) =>
    formatKey({ namespace: namespace ?? metadata.namespace ?? '', name }),
  )
}
