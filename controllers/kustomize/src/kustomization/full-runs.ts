// SPDX-License-Identifier: Apache-2.0
import { formatKey, reconcileRequest, toKey } from '@tidelock/api'
import type { Clock, Kustomization, ObjectKey } from '@tidelock/api'

interface FullRun {
  /** What called for it: generation and request of the object. */
  readonly order: string
  readonly atMs: number
}

/**
 * When each object was last applied with a dry run of everything. Between two such runs objects that the ownership
 * cache proves untouched cost no request; the period bounds what no watch can show (changed defaults, webhooks).
 */
export class FullRuns {
  readonly #last = new Map<string, FullRun>()
  readonly #clock: Clock
  readonly #random: () => number
  readonly #periodMs: number

  constructor(options: { clock: Clock; random: () => number; periodMs: number }) {
    this.#clock = options.clock
    this.#random = options.random
    this.#periodMs = options.periodMs
  }

  /** Whether this run must look at every object: none was done for this generation and request, or not for a whole period. */
  isDue(obj: Kustomization): boolean {
    const last = this.#last.get(idOf(obj))
    return last === undefined || last.order !== orderOf(obj) || this.#clock.monotonic() - last.atMs >= this.#periodMs
  }

  /** Notes a full run whose apply succeeded. The first one is put back by a random part of the period, so that a fleet spreads out. */
  done(obj: Kustomization): void {
    const id = idOf(obj)
    const spread = this.#last.has(id) ? 0 : this.#random() * this.#periodMs * 0.5
    this.#last.set(id, { order: orderOf(obj), atMs: this.#clock.monotonic() - spread })
  }

  forget(key: ObjectKey): void {
    this.#last.delete(formatKey(key))
  }
}

function idOf(obj: Kustomization): string {
  return formatKey(toKey(obj))
}

function orderOf(obj: Kustomization): string {
  const { uid = '', generation = 0 } = obj.metadata
  return JSON.stringify([uid, generation, reconcileRequest(obj) ?? ''])
}
