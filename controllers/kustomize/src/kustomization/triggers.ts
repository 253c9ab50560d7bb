// SPDX-License-Identifier: Apache-2.0
import { formatKey, getCondition, isReady, readyCondition, toKey } from '@tidelock/api'
import type { Kustomization, KustomizationDependency, ObjectKey } from '@tidelock/api'
import { isCurrent } from './expressions/cached-readiness.ts'
import type { CachedReadiness } from './expressions/cached-readiness.ts'

/** What the triggers look up, all of it in caches. */
export interface TriggerLookups {
  readonly getOwn: (key: ObjectKey) => Kustomization | undefined
  /** Kustomizations that depend on the one with the key. */
  readonly dependents: (key: ObjectKey) => readonly Kustomization[]
  readonly isReadyFor: CachedReadiness
  /** Revision of the artifact of the object's source. */
  readonly sourceRevision: (obj: Kustomization) => string | undefined
}

/**
 * Who must run because this Kustomization changed. Caches lag behind each other, so each rule looks at the state that came last,
 * whichever that is:
 * - it attempted another revision than its source has by now: itself, since the fan-out of that revision may have found the old status;
 * - it became ready, observed its newest generation or applied another revision: those that wait for it, or will have to because they are behind it;
 * - it became what a `readyExpr` asks for, in whatever field: those that wait by that expression, and only they;
 * - it was found to wait for dependencies that are ready by now: itself.
 */
export function triggeredBy(
  now: Kustomization,
  before: Kustomization | undefined,
  lookups: TriggerLookups,
): Kustomization[] {
  if (before === undefined) return releasedByExpression(now, undefined, lookups)
  const self = isBehindSource(now, before, lookups) || waitsInVain(now, before, lookups) ? [now] : []
  return [...self, ...released(now, before, lookups), ...releasedByExpression(now, before, lookups)]
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
  return dependents(toKey(now)).filter(
    (each) => !hasExpression(entryFor(each, now)) && (!isReady(each) || each.status?.lastAppliedRevision !== applied),
  )
}

function releasedByExpression(
  now: Kustomization,
  before: Kustomization | undefined,
  { dependents, isReadyFor }: TriggerLookups,
): Kustomization[] {
  return dependents(toKey(now)).filter((each) => {
    const entry = entryFor(each, now)
    if (entry === undefined || !hasExpression(entry) || !isWaiting(each)) return false
    return isReadyFor(each, entry, now) && (before === undefined || !isReadyFor(each, entry, before))
  })
}

function hasExpression(entry: KustomizationDependency | undefined): boolean {
  return (entry?.readyExpr ?? '') !== ''
}

function entryFor(dependent: Kustomization, dependency: Kustomization): KustomizationDependency | undefined {
  const id = formatKey(toKey(dependency))
  return dependent.spec.dependsOn?.find((entry) => formatKey(keyOf(dependent, entry)) === id)
}

function keyOf({ metadata }: Kustomization, { name, namespace }: KustomizationDependency): ObjectKey {
  return { namespace: namespace ?? metadata.namespace ?? '', name }
}

function waitsInVain(now: Kustomization, before: Kustomization, { getOwn, isReadyFor }: TriggerLookups): boolean {
  if (!isWaiting(now) || isWaiting(before)) return false
  return (now.spec.dependsOn ?? []).every((entry) => {
    const dependency = getOwn(keyOf(now, entry))
    return dependency !== undefined && isReadyFor(now, entry, dependency)
  })
}

function isWaiting(obj: Kustomization): boolean {
  return getCondition(obj, readyCondition)?.reason === 'DependencyNotReady'
}

/** The dependencies of an object as keys, for the index that `dependents` asks. */
export function dependencyKeys(obj: Kustomization): string[] {
  return (obj.spec.dependsOn ?? []).map((entry) => formatKey(keyOf(obj, entry)))
}
