// SPDX-License-Identifier: Apache-2.0
import { formatKey } from '@tidelock/api'
import type { ObjectKey } from '@tidelock/api'
import type { Action, ChangeSet } from '@tidelock/ssa'

/**
 * Writes whose answer was lost, by Kustomization: nobody could say whether they were done. The run that comes after finds out, and
 * must report as its own what it finds done, or no event ever tells of it.
 */
export class UnconfirmedWrites {
  readonly #byKey = new Map<string, ReadonlyMap<string, Action>>()

  /** Notes them until a run of the object comes to its end; those noted before stay. */
  note(key: ObjectKey, writes: ChangeSet): void {
    if (writes.length === 0) return
    const known = this.#byKey.get(formatKey(key)) ?? []
    this.#byKey.set(
      formatKey(key),
      new Map([...known, ...writes.map(({ subject, action }) => [subject, action] as const)]),
    )
  }

  /** The change set of a whole run, with what is unchanged because such a write was done told as that write. */
  confirm(key: ObjectKey, changeSet: ChangeSet): ChangeSet {
    const known = this.#byKey.get(formatKey(key))
    if (known === undefined) return changeSet
    this.#byKey.delete(formatKey(key))
    return changeSet.map((entry) => {
      const action = entry.action === 'unchanged' ? known.get(entry.subject) : undefined
      return action === undefined ? entry : { ...entry, action }
    })
  }

  forget(key: ObjectKey): void {
    this.#byKey.delete(formatKey(key))
  }
}
