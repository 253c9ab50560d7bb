// SPDX-License-Identifier: Apache-2.0
import { formatKey, isReady, isReconciling, toKey } from '@tidelock/api'
import type { Kustomization } from '@tidelock/api'

/**
 * The Kustomizations that a new revision of their source concerns, dependencies before what depends on them (behaviour.md 1,
 * "Revision fan-out"): those that already attempted it and are ready or at work are left out.
 */
export function fanOut(users: readonly Kustomization[], revision: string): Kustomization[] {
  return sortByDependencies(users.filter((user) => !hasAttempted(user, revision)))
}

/** Dependencies before what depends on them. A cycle is broken where it closes; its members never become ready anyway. */
export function sortByDependencies(users: readonly Kustomization[]): Kustomization[] {
  const byKey = new Map(users.map((user) => [formatKey(toKey(user)), user]))
  const sorted: Kustomization[] = []
  const seen = new Set<string>()
  // iterative: a chain of dependencies may be long
  for (const start of users) {
    const stack: { user: Kustomization; next: number }[] = []
    const push = (user: Kustomization | undefined): void => {
      if (user === undefined || seen.has(formatKey(toKey(user)))) return
      seen.add(formatKey(toKey(user)))
      stack.push({ user, next: 0 })
    }
    push(start)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const dependency = top.user.spec.dependsOn?.[top.next++]
      if (dependency === undefined) {
        sorted.push(top.user)
        stack.pop()
      } else {
        const namespace = dependency.namespace ?? top.user.metadata.namespace ?? ''
        push(byKey.get(formatKey({ namespace, name: dependency.name })))
      }
    }
  }
  return sorted
}

function hasAttempted(user: Kustomization, revision: string): boolean {
  return user.status?.lastAttemptedRevision === revision && (isReady(user) || isReconciling(user))
}
