// SPDX-License-Identifier: Apache-2.0
import type { Clock, Kind, ObjectKey } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { Informer, isKubeError } from '@tidelock/kube'
import type { InformerState, KubeClient, KubeLog } from '@tidelock/kube'
import { KindRecords } from './kind-records.ts'
import type { KindRecordsOptions, OwnedObject } from './kind-records.ts'
import type { Seen } from './seen.ts'
import type { KindCoverage } from './types.ts'

/** What the watch of a kind is made of. */
export interface KindWatchOptions extends Pick<
  KindRecordsOptions,
  'apiVersion' | 'kind' | 'read' | 'raise' | 'corrected'
> {
  readonly client: KubeClient
  readonly labelSelector: string
  readonly clock: Clock
  readonly random: () => number
  readonly log: KubeLog
  /** Called when the server begins or ceases to refuse the watch. */
  readonly covered: () => void
}

/** How long an object may be missing from the watch before it is taken for deleted: the watch may be behind our write. */
const graceMs = 2000
/** Pause before a kind that could not be resolved is tried again. */
const retryMs = 30_000

/** The watch of one kind's metadata, and the records of the objects of that kind that we applied. */
export class KindWatch {
  readonly records: KindRecords
  readonly #options: KindWatchOptions
  readonly #stop = new AbortController()
  readonly #missing = new Set<OwnedObject>()
  readonly #ended: Promise<void>
  #informer: Informer<Seen> | undefined
  #trouble: unknown
  #cancelGrace: (() => void) | undefined
  #refused = false

  constructor(options: KindWatchOptions) {
    this.#options = options
    const { apiVersion, kind, read, raise, corrected } = options
    this.records = new KindRecords({
      apiVersion,
      kind,
      read,
      raise,
      corrected,
      view: (key) => this.#informer?.get(key),
      missing: (record) => this.#expect(record),
    })
    this.#ended = this.#run()
  }

  /** Whether the watch follows the server right now. */
  get watching(): boolean {
    return this.#informer?.state.phase === 'watching'
  }

  /** Whether the watch shows an object of that name. */
  has(key: ObjectKey): boolean {
    return this.#informer?.get(key) !== undefined
  }

  /** Whether the watch shows the object of the record, and shows it alive. */
  shows(record: OwnedObject): boolean {
    const now = this.#informer?.get(record.base)
    return now !== undefined && now.uid === record.base.uid && !now.terminating
  }

  get coverage(): KindCoverage {
    const { apiVersion, kind } = this.#options
    return { apiVersion, kind, ...coverageOf(this.#informer?.state, this.#trouble) }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#cancelGrace?.()
    this.#missing.clear()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { client, apiVersion, kind, clock, log } = this.#options
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#watch(await client.resolve({ apiVersion, kind }, signal))
      } catch (error) {
        if (signal.aborted) return
        this.#trouble = error
        log.warn({ err: error, kind, apiVersion }, 'owned objects of a kind cannot be watched')
        await clock.sleep(retryMs, signal).catch(() => {})
      }
    }
  }

  async #watch(kind: Kind): Promise<void> {
    const informer = createInformer(this.#options, kind)
    this.#informer = informer
    this.#trouble = undefined
    informer.subscribe({ upsert: (now) => this.records.upserted(now), remove: (last) => this.records.removed(last) })
    informer.onState((state) => {
      const { phase } = state
      if (phase === 'watching' || isRefused(state)) this.#cover(phase !== 'watching')
      if (phase !== 'watching') return
      for (const record of this.records) if (informer.get(record.base) === undefined) this.#expect(record)
    })
    await informer.start(this.#stop.signal)
  }

  #cover(refused: boolean): void {
    if (this.#refused === refused) return
    this.#refused = refused
    this.#options.covered()
  }

  /** An object that the watch does not show within the grace period is taken for deleted. */
  #expect(record: OwnedObject): void {
    this.#missing.add(record)
    this.#cancelGrace ??= this.#options.clock.setTimeout(() => this.#lookForMissing(), graceMs)
  }

  #lookForMissing(): void {
    this.#cancelGrace = undefined
    const missing = [...this.#missing]
    this.#missing.clear()
    // while the watch is not established it says nothing; its state listener asks again once it is
    if (!this.watching) return
    for (const record of missing) {
      const key = record.base
      if (this.records.get(key) !== record || this.#informer?.get(key) !== undefined) continue
      if (this.records.isWriting(key)) this.#expect(record)
      else this.records.removed(record.base)
    }
  }
}

function createInformer(
  { client, labelSelector, clock, random, log, read }: KindWatchOptions,
  kind: Kind,
): Informer<Seen> {
  return new Informer<Seen>({
    client,
    kind,
    labelSelector,
    metadataOnly: true,
    clock,
    random,
    log,
    freeze: false,
    project: ({ metadata }) => read(metadata),
  })
}

function coverageOf(state: InformerState | undefined, trouble: unknown): Pick<KindCoverage, 'state' | 'message'> {
  if (state === undefined || state.phase === 'stopped') {
    return trouble === undefined
      ? { state: 'starting', message: '' }
      : { state: 'failing', message: errorMessage(trouble) }
  }
  if (state.phase === 'watching') return { state: 'watching', message: '' }
  if (state.phase !== 'failing') return { state: 'starting', message: '' }
  return { state: isRefused(state) ? 'forbidden' : 'failing', message: errorMessage(state.error) }
}

function isRefused(state: InformerState): boolean {
  return state.phase === 'failing' && isKubeError(state.error, 'Forbidden', 'MethodNotAllowed')
}
