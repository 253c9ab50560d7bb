// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { compareResourceVersions } from '@tidelock/kube'

interface Expected {
  readonly uid: string | undefined
  readonly resourceVersion: string
  checks: number
}

/** Checks after which the echo of a write counts as overdue and the object is read from the API server. */
const patience = 10

/**
 * Keeps a controller from acting on a state that its own write has already changed: remembers the version that each
 * write returned until the cache has caught up with it.
 */
export class StaleGuard {
  readonly #expected = new Map<string, Expected>()

  /** Our write of the object returned this state. */
  wrote(name: string, obj: KubeObject): void {
    const { uid, resourceVersion } = obj.metadata
    if (resourceVersion !== undefined) this.#expected.set(name, { uid, resourceVersion, checks: 0 })
  }

  /** Whether the cached state is as new as our last write; `overdue` when it has been behind for many checks. */
  check(name: string, cached: KubeObject): 'fresh' | 'stale' | 'overdue' {
    const expected = this.#expected.get(name)
    if (expected === undefined || isAtLeast(cached, expected)) {
      this.#expected.delete(name)
      return 'fresh'
    }
    expected.checks++
    return expected.checks > patience ? 'overdue' : 'stale'
  }

  /** The cache now has this state; true when somebody had been told that it was stale and can go on. */
  seen(name: string, obj: KubeObject): boolean {
    const expected = this.#expected.get(name)
    if (expected === undefined || !isAtLeast(obj, expected)) return false
    this.#expected.delete(name)
    return expected.checks > 0
  }

  forget(name: string): void {
    this.#expected.delete(name)
  }
}

function isAtLeast(obj: KubeObject, expected: Expected): boolean {
  const { uid, resourceVersion = '' } = obj.metadata
  // another object under the same name owes us no echo
  if (uid !== expected.uid) return true
  const order = compareResourceVersions(resourceVersion, expected.resourceVersion)
  return order === undefined ? resourceVersion === expected.resourceVersion : order >= 0
}
