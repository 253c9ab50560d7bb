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
 * cache proves untouched cost no request; the period bounds what no watch can show.
 */
export class FullRuns {
  readonly #last = new Map<string, FullRun>()
  /** Objects that must be looked at whole by a run that begins after the mark was made, by id: how many marks there were then. */
  readonly #marks = new Map<string, number>()
  /** How many marks there were when the object was last asked about. */
  readonly #asked = new Map<string, number>()
  #markCount = 0
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
    const id = idOf(obj)
    this.#asked.set(id, this.#markCount)
    if (this.#marks.has(id)) return true
    const last = this.#last.get(id)
    return last === undefined || last.order !== orderOf(obj) || this.#clock.monotonic() - last.atMs >= this.#periodMs
  }

  /** Has the next run of the object look at everything; one that is under way does not count. */
  mark(key: ObjectKey): void {
    this.#marks.set(formatKey(key), ++this.#markCount)
  }

  /** Whether something called for a look at everything that no run has answered yet. */
  isMarked(key: ObjectKey): boolean {
    return this.#marks.has(formatKey(key))
  }

  /** Notes a full run whose apply succeeded. The first one is put back by a random part of the period, so that a fleet spreads out. */
  done(obj: Kustomization): void {
    const id = idOf(obj)
    if ((this.#marks.get(id) ?? 0) <= (this.#asked.get(id) ?? 0)) this.#marks.delete(id)
    const spread = this.#last.has(id) ? 0 : this.#random() * this.#periodMs * 0.5
    this.#last.set(id, { order: orderOf(obj), atMs: this.#clock.monotonic() - spread })
  }

  forget(key: ObjectKey): void {
    const id = formatKey(key)
    this.#last.delete(id)
    this.#marks.delete(id)
    this.#asked.delete(id)
  }
}

function idOf(obj: Kustomization): string {
  return formatKey(toKey(obj))
}

function orderOf(obj: Kustomization): string {
  const { uid = '', generation = 0 } = obj.metadata
  return JSON.stringify([uid, generation, reconcileRequest(obj) ?? ''])
}
