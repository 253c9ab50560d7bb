// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto'
import { apiVersionOf, formatKey } from '@tidelock/api'
import type { ApiObject, KubeObject, ObjectKey } from '@tidelock/api'
import type { Publisher } from '@tidelock/bus'
import type { Informer, KubeClient } from '@tidelock/kube'
import { mostAtOnce } from './active-work.ts'
import type { WorkShares } from './active-work.ts'
import type { RestCollector } from './collect-at-rest.ts'
import { ControllerRun } from './controller-run.ts'
import type { RunResult } from './controller-run.ts'
import type { ControllerHandle, ControllerSpec, EnqueueOptions, WatchBuilder, WatchMapping } from './controller-spec.ts'
import { jitteredInterval } from './jitter.ts'
import type { Logger } from './logger.ts'
import type { ManagerConfig } from './manager-types.ts'
import type { ControllerMetrics } from './metrics-controller.ts'
import type { Superseded } from './outcome.ts'
import { StaleGuard } from './stale-guard.ts'
import { triggerOf } from './triggers.ts'
import { WorkQueue } from './work-queue.ts'
import type { QueueItem } from './work-queue.ts'

/** What a controller is made of. */
export interface ControllerOptions<T extends ApiObject> {
  readonly spec: ControllerSpec<T>
  readonly informer: Informer<T>
  readonly publisher: Publisher
  readonly config: ManagerConfig
  /** Is told of each run that has ended. */
  readonly rest: RestCollector
}

/** Time between looks at a cache that has not caught up with our write; its echo ends the wait at once. */
const staleDelayMs = 100
/** One worker in so many is for work of low priority while there is other work. */
const lowShare = 4
/** One worker in so many, and no more than `maxKept`, is kept for what a user waits for. */
const keptShare = 4
const maxKept = 5

/** Brings the objects of one kind to their reconciler: watches, queue, workers. */
export class Controller<T extends ApiObject> implements ControllerHandle {
  readonly spec: ControllerSpec<T>
  /** Every informer that must have synced before work begins. */
  readonly informers: Set<Informer<never>> = new Set()
  readonly #options: ControllerOptions<T>
  readonly #log: Logger
  readonly #queue: WorkQueue
  readonly #metrics: ControllerMetrics
  readonly #concurrency: number
  readonly #shares: WorkShares
  /** For the requests of runs that nobody waits for. */
  readonly #routineClient: KubeClient
  readonly #guard = new StaleGuard()
  readonly #running = new Map<string, AbortController>()
  readonly #subscribe: (() => () => void)[] = []
  #runs = 0

  constructor(options: ControllerOptions<T>) {
    const { spec, config, informer } = options
    const { clock, metrics, client, routineRequests } = config
    this.spec = spec
    this.#options = options
    this.#concurrency = spec.concurrency ?? config.options.concurrent
    const { group, kind } = spec.kind
    this.#log = config.log.child({ controller: spec.name, controllerGroup: group, controllerKind: kind })
    this.#metrics = metrics.controller(spec.name, this.#concurrency)
    this.#shares = {
      workers: this.#concurrency,
      lowBesideOthers: Math.max(1, Math.floor(this.#concurrency / lowShare)),
      routine: this.#concurrency - Math.min(maxKept, Math.floor(this.#concurrency / keptShare)),
      ...(spec.longRunMs === undefined ? {} : { longAfterMs: spec.longRunMs }),
    }
    this.#queue = new WorkQueue({
      ...this.#shares,
      clock,
      backoff: { minMs: config.options.minRetryDelayMs, maxMs: config.options.maxRetryDelayMs },
      observer: metrics.queue(
        spec.name,
        () => this.#queue.processing(),
        () => clock.monotonic(),
      ),
      onOvertaken: (item) => this.#overtaken(item),
    })
    this.#routineClient = routineRequests === undefined ? client : client.within(routineRequests)
    this.#add(informer)
    spec.watches?.(this.#watches())
    this.#subscribe.push(() => this.#watchOwn())
  }

  get depth(): number {
    return this.#queue.depth
  }

  enqueue(key: ObjectKey, options?: EnqueueOptions): void {
    this.#queue.add(key, options)
  }

  /**
   * Works until `signal` aborts, then takes no more and resolves when every run has ended; runs are aborted by
   * `abortRuns`, which comes later. The informers have synced.
   */
  async run(signal: AbortSignal, abortRuns: AbortSignal): Promise<void> {
    const unsubscribe = this.#subscribe.map((subscribe) => subscribe())
    signal.addEventListener('abort', () => this.#queue.shutdown(), { once: true })
    this.#log.info({ 'worker count': this.#concurrency }, 'Starting workers')
    try {
      await Promise.all(Array.from({ length: mostAtOnce(this.#shares) }, () => this.#work(signal, abortRuns)))
    } finally {
      for (const stop of unsubscribe) stop()
    }
    this.#log.info({}, 'All workers finished')
  }

  async #work(signal: AbortSignal, abortRuns: AbortSignal): Promise<void> {
    for (let item = await this.#queue.next(signal); item !== undefined; item = await this.#queue.next(signal)) {
      try {
        await this.#process(item, abortRuns)
      } catch (error) {
        // a fault of the machine must not end the worker
        this.#log.error({ error, object: formatKey(item.key) }, 'Reconciler error')
        this.#queue.retry(item.key)
      } finally {
        this.#queue.done(item.key)
      }
    }
  }

  async #process(item: QueueItem, abortRuns: AbortSignal): Promise<void> {
    const read = await this.#read(item, abortRuns)
    if (read === undefined) return
    const { clock, metrics } = this.#options.config
    const name = formatKey(item.key)
    const startedMs = clock.monotonic()
    const superseded = new AbortController()
    this.#running.set(name, superseded)
    this.#metrics.started()
    let result: RunResult | undefined
    try {
      const execute = (): Promise<RunResult> => this.#execute(item, read, superseded.signal, abortRuns)
      const slots = item.priority === 'user' ? this.#options.config.routineRequests : undefined
      result = await (slots === undefined ? execute() : slots.besideUrgent(execute))
      this.#requeue(item, result)
    } finally {
      this.#running.delete(name)
      const durationMs = clock.monotonic() - startedMs
      this.#metrics.finished(result?.result ?? 'error', durationMs)
      this.#options.rest.worked()
      if (result?.gone === true || this.#options.informer.get(item.key) === undefined) this.#forget(item.key)
      else metrics.observeReconcile({ ...item.key, kind: this.spec.kind.kind }, durationMs)
    }
  }

  /** The object to reconcile; undefined when there is none, or when it has to wait for the cache. */
  async #read(item: QueueItem, signal: AbortSignal): Promise<T | undefined> {
    const { informer, config } = this.#options
    const name = formatKey(item.key)
    const cached = informer.get(item.key)
    if (cached === undefined) {
      this.#forget(item.key)
      return undefined
    }
    const state = this.#guard.check(name, cached)
    if (state === 'fresh') return cached
    if (state === 'stale') {
      this.#queue.add(item.key, { ...this.#sameUrgency(item), afterMs: staleDelayMs })
      return undefined
    }
    const { kind } = this.spec
    const { namespace } = item.key
    const ref = { apiVersion: apiVersionOf(kind), kind: kind.kind, name: item.key.name }
    const live = await config.client.find<T>(namespace === '' ? ref : { ...ref, namespace }, { signal })
    if (live === undefined) this.#forget(item.key)
    return live
  }

  async #execute(item: QueueItem, read: T, superseded: AbortSignal, signal: AbortSignal): Promise<RunResult> {
    const { config, publisher } = this.#options
    const name = formatKey(item.key)
    const id = randomUUID()
    const { kind } = this.spec.kind
    const log = this.#log.child({
      [kind]: { name: item.key.name, namespace: item.key.namespace },
      ...item.key,
      reconcileID: id,
    })
    const { uid = '', resourceVersion = '' } = read.metadata
    const own = `${resourceVersion}/${config.instance}/${++this.#runs}`
    if (item.trigger !== undefined) log.debug({ trigger: item.trigger }, 'Enqueued by a watched object')
    const run = new ControllerRun<T>({
      spec: this.spec,
      client: item.priority === 'user' ? config.client : this.#routineClient,
      publisher,
      clock: config.clock,
      log,
      id,
      read,
      obj: structuredClone(read),
      signal,
      superseded,
      priority: item.priority,
      trigger: item.trigger,
      controllerName: config.name,
      instance: config.instance,
      transition: publisher.continuation(uid, resourceVersion) ?? own,
      backoffMs: this.#queue.backoffMs(item.key),
      reach: async (point) => config.faults?.reach(point, `${kind}/${name}`),
      onWritten: (written) => this.#wrote(name, written),
    })
    return run.execute()
  }

  #wrote(name: string, written: T): void {
    this.#guard.wrote(name, written)
    // the echo may have come before the answer
    const cached = this.#options.informer.get(written.metadata as ObjectKey)
    if (cached !== undefined) this.#guard.seen(name, cached)
  }

  #requeue(item: QueueItem, { requeue, terminal, bug }: RunResult): void {
    if (terminal) this.#metrics.terminal()
    if (bug) this.#metrics.bug()
    if (requeue.kind === 'backoff') {
      this.#queue.retry(item.key)
      return
    }
    this.#queue.forget(item.key)
    if (requeue.kind === 'none') return
    const { config } = this.#options
    const { intervalJitterPercentage } = config.options
    const { afterMs, jitter } = requeue
    const delayMs = jitter ? jitteredInterval(afterMs, intervalJitterPercentage, config.random) : afterMs
    this.#queue.add(item.key, delayMs > 0 ? { afterMs: delayMs } : this.#sameUrgency(item))
  }

  #sameUrgency(item: QueueItem): EnqueueOptions {
    const { priority, trigger } = item
    return trigger === undefined ? { priority } : { priority, trigger }
  }

  #overtaken({ key, priority, trigger }: QueueItem): void {
    if (priority !== 'user' && priority !== 'change') return
    const reason: Superseded = trigger === undefined ? { priority } : { priority, trigger }
    this.#running.get(formatKey(key))?.abort(reason)
  }

  #forget(key: ObjectKey): void {
    this.#queue.forget(key)
    this.#guard.forget(formatKey(key))
    this.#options.config.metrics.deleteReconcile({ ...key, kind: this.spec.kind.kind })
    this.spec.removed?.(key)
  }

  #watchOwn(): () => void {
    const { informer } = this.#options
    return informer.subscribe({
      upsert: (now, before) => {
        const key = keyOf(now)
        if (this.#guard.seen(formatKey(key), now)) this.#queue.add(key, { priority: 'change' })
        const priority =
          triggerOf(now, before) ?? (before !== undefined && this.spec.changed?.(now, before) ? 'change' : undefined)
        const trigger = { kind: this.spec.kind.kind, ...key }
        if (priority !== undefined) this.#queue.add(key, { priority, trigger })
      },
      remove: (last) => {
        const key = keyOf(last)
        this.#queue.remove(key)
        // a run under way forgets the object when it ends
        if (!this.#running.has(formatKey(key))) this.#forget(key)
      },
    })
  }

  #watches(): WatchBuilder<T> {
    return {
      own: this.#options.informer,
      on: <W extends KubeObject>(informer: Informer<W>, mapping: WatchMapping<W>): void => {
        this.#add(informer)
        const enqueue = (requests: Iterable<{ key: ObjectKey } & EnqueueOptions> | undefined): void => {
          for (const { key, ...options } of requests ?? []) this.#queue.add(key, { priority: 'change', ...options })
        }
        this.#subscribe.push(() =>
          informer.subscribe({
            upsert: (now, before) => enqueue(mapping.upsert?.(now, before)),
            remove: (last) => enqueue(mapping.remove?.(last)),
          }),
        )
      },
    }
  }

  #add(informer: object): void {
    this.informers.add(informer as Informer<never>)
  }
}

function keyOf(obj: KubeObject): ObjectKey {
  return { namespace: obj.metadata.namespace ?? '', name: obj.metadata.name }
}
