// SPDX-License-Identifier: Apache-2.0
import { formatKey, kustomizationInterval, reconcileRequest, toKey } from '@tidelock/api'
import type { Clock, Kustomization, ObjectKey } from '@tidelock/api'
import { ownAnnotations } from '../annotations.ts'
import type { Drift } from './drift.ts'
import type { DriftMetrics } from './metrics.ts'

/** What a ledger is made of. */
export interface DriftLedgerOptions {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly metrics: DriftMetrics
  /** How much earlier than the interval a scheduled run may come, in percent. */
  readonly intervalJitterPercentage: number
}

interface Entry {
  /** The last run that was to correct everything: what it was about, and when it began. */
  complete: { readonly order: string; readonly atMs: number } | undefined
  /** Drifts that were left, by id. */
  left: Map<string, Drift>
  /** When a drift was reported last, by id. */
  readonly reported: Map<string, number>
}

/** A drift that comes and goes is reported once in this time, beside its corrections. */
const repeatMs = 3_600_000

/**
 * Remembers what drifted, across runs. Between two runs that correct everything (each interval, and whenever spec, source or a request
 * ask for it) it holds back what is not to be undone at once.
 */
export class DriftLedger {
  readonly metrics: DriftMetrics
  readonly #options: DriftLedgerOptions
  readonly #entries = new Map<string, Entry>()

  constructor(options: DriftLedgerOptions) {
    this.#options = options
    this.metrics = options.metrics
  }

  /** Milliseconds to the next run that corrects everything; 0 or less when it is this one. */
  dueInMs(obj: Kustomization, revision: string): number {
    const complete = this.#entries.get(formatKey(toKey(obj)))?.complete
    if (complete === undefined || complete.order !== orderOf(obj, revision)) return 0
    const { clock, intervalJitterPercentage } = this.#options
    const periodMs = kustomizationInterval(obj) * (1 - intervalJitterPercentage / 100)
    return complete.atMs + periodMs - clock.monotonic()
  }

  /** Notes that a run which began then corrected everything that it was to correct. */
  completed(obj: Kustomization, revision: string, atMs: number): void {
    this.#entry(toKey(obj)).complete = { order: orderOf(obj, revision), atMs }
  }

  /**
   * Takes what a run found, in place of what earlier runs did; counts it, and returns the drifts that were left and that nobody has
   * been told of. `known`: whether an earlier process said so of a drift.
   */
  take(key: ObjectKey, found: readonly Drift[], known: (drift: Drift) => boolean): Drift[] {
    const entry = this.#entry(key)
    const nowMs = this.#options.clock.monotonic()
    const news: Drift[] = []
    const left = new Map<string, Drift>()
    for (const drift of found) {
      const id = idOf(drift)
      const before = entry.left.get(id)
      if (before === undefined) this.metrics.detected(drift.cause)
      if (drift.left === undefined) {
        this.metrics.corrected(drift.cause)
        continue
      }
      left.set(id, drift)
      if (before !== undefined) continue
      this.metrics.left(drift.cause, drift.left)
      const toldMs = entry.reported.get(id)
      if (drift.silent || (toldMs !== undefined && nowMs - toldMs < repeatMs)) continue
      entry.reported.set(id, nowMs)
      if (!known(drift)) news.push(drift)
    }
    entry.left = left
    for (const [id, atMs] of entry.reported) if (!left.has(id) && nowMs - atMs >= repeatMs) entry.reported.delete(id)
    this.metrics.drifted(key, left.size)
    return news
  }

  /** Whether the Kustomization has drifts that are to be corrected at the interval. */
  isAwaited(key: ObjectKey): boolean {
    const left = this.#entries.get(formatKey(key))?.left.values() ?? []
    return [...left].some((drift) => drift.left !== 'warn')
  }

  forget(key: ObjectKey): void {
    this.#entries.delete(formatKey(key))
    this.metrics.forget(key)
  }

  #entry(key: ObjectKey): Entry {
    const id = formatKey(key)
    const found = this.#entries.get(id) ?? { complete: undefined, left: new Map(), reported: new Map() }
    this.#entries.set(id, found)
    return found
  }
}

function idOf({ subject, cause, manager }: Drift): string {
  return `${subject} ${cause} ${manager}`
}

function orderOf(obj: Kustomization, revision: string): string {
  const { uid = '', generation = 0 } = obj.metadata
  return JSON.stringify([uid, generation, reconcileRequest(obj) ?? '', revision, ownAnnotations(obj)])
}
