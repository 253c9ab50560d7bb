// SPDX-License-Identifier: Apache-2.0
import { formatKey } from '@tidelock/api'
import type { ObjectKey } from '@tidelock/api'

/**
 * What one Kustomization left to another one that lists it too, until the heir has applied it: the labels name the former owner until then, and
 * an heir that is deleted first would leave the object behind, with nobody to delete it.
 */
export class Heirs {
  /** Former owners by the id of the object, by the heir. */
  readonly #left = new Map<string, Map<string, string>>()

  /** Notes that `from` did not delete the object because `heir` lists it. */
  leave(heir: ObjectKey, inventoryId: string, from: ObjectKey): void {
    const id = formatKey(heir)
    const objects = this.#left.get(id) ?? new Map<string, string>()
    this.#left.set(id, objects.set(inventoryId, formatKey(from)))
  }

  /** Whether `heir` may delete the object though its labels name `labelled`. */
  mayDelete(heir: ObjectKey, inventoryId: string, labelled: ObjectKey): boolean {
    return this.#left.get(formatKey(heir))?.get(inventoryId) === formatKey(labelled)
  }

  /** The heir has applied all that it lists, or is gone. */
  forget(heir: ObjectKey): void {
    this.#left.delete(formatKey(heir))
  }
}
