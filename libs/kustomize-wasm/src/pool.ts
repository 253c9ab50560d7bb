// SPDX-License-Identifier: Apache-2.0
import { EngineWorker } from './engine-worker.ts'
import { KustomizeError } from './errors.ts'
import type { Task, TaskReply } from './protocol.ts'
import type { EngineImage } from './wasm/image.ts'

/** The part of a clock that the pool needs; `Clock` of `@tidelock/api` fits. */
export interface PoolClock {
  monotonic(): number
  /** Returns the function that cancels. */
  setTimeout(action: () => void, ms: number): () => void
}

/** All settings of a pool, without defaults. */
export interface PoolOptions {
  readonly wasmPath: string
  readonly workers: number
  readonly memoryMaxBytes: number
  readonly outputMaxBytes: number
  readonly timeoutMs: number
  /** How long a task may hold a shared worker while others wait. */
  readonly yieldMs: number
  readonly idleMs: number
  readonly clock: PoolClock
}

/** A reply with the time that the task waited. */
export interface PoolReply extends TaskReply {
  readonly queueMs: number
}

/** How a task is run. */
export interface RunOptions {
  readonly isolated: boolean
  readonly signal: AbortSignal | undefined
  /** Whose task it is: those of others do not wait for all of one. */
  readonly group?: string | undefined
  /** Whether somebody waits for it: it goes before others as a rule. */
  readonly urgent?: boolean
  /** Of the task, without its waiting; the pool's own limit when that is shorter, or there is none. */
  readonly timeoutMs?: number | undefined
}

interface Job {
  readonly task: Task
  readonly isolated: boolean
  readonly group: string
  readonly urgent: boolean
  readonly timeoutMs: number
  readonly queuedAt: number
  readonly signal: AbortSignal | undefined
  readonly resolve: (reply: PoolReply) => void
  readonly reject: (reason: unknown) => void
}

interface Seat {
  readonly worker: EngineWorker
  cancelIdle: () => void
}

/** An instance whose memory grew beyond this is replaced after its task: WebAssembly memory never shrinks. */
const recycleBytes = 192 * 1024 * 1024
const startTimeoutMs = 120_000
/** Every so many turns urgent tasks have no precedence, so that they never keep all others waiting. */
const fairShare = 4
/** Groups whose turns are remembered; beyond that all begin anew. */
const maxTurns = 10_000
/** A further worker, which costs as much as many builds and 70 MiB, starts when a task has waited this long: those before it take their time. */
const patienceMs = 500
const movedAside = new KustomizeError('BuildTimeout', 'the build is begun again beside the others')

/**
 * Engine instances in worker threads. Urgent tasks go first, three times of four; groups of tasks take turns, and within one they run in the order of their arrival. Isolated tasks run one at a time, each
 * in a worker of its own that is thrown away, beside the shared workers. So does a task that others have waited for long
 * enough: it is begun again there, so that no single directory can hold up the builds of everybody else.
 */
export class Pool {
  readonly #options: PoolOptions
  readonly #queue: Job[] = []
  readonly #isolatedQueue: Job[] = []
  readonly #idle: Seat[] = []
  /** Every living worker, isolated ones too. */
  readonly #workers = new Set<EngineWorker>()
  #shared = 0
  /** Shared workers that are not ready yet. */
  #starting = 0
  /** When the last one became ready. */
  #startedAt = -Infinity
  #isolatedRunning = false
  /** When each group had its last turn, as a count of all turns. */
  readonly #turns = new Map<string, number>()
  #turn = 0
  #cancelPatience: (() => void) | undefined
  #closed = false
  /** Of the first worker when it was warm, before it saw anybody's files: the others begin with it. */
  #image: EngineImage | undefined

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Starts a worker if there is none, and resolves when one is ready. An idle one stays for as long again. */
  async warm(): Promise<void> {
    // one at work is ready, and what waits behind it would move its work aside
    if (!this.#closed && this.#idle.length === 0 && this.#shared > this.#starting) return
    await this.run({ kind: 'parse', texts: [] }, { isolated: false, signal: undefined })
  }

  /**
   * Runs a task. Rejects with the signal's reason when it aborts: a waiting task is then dropped, a running one ends
   * unheard, at its time limit at the latest.
   */
  run(
    task: Task,
    { isolated, signal, group = '', urgent = false, timeoutMs = Infinity }: RunOptions,
  ): Promise<PoolReply> {
    if (this.#closed) return Promise.reject(closedError())
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        for (const queue of [this.#queue, this.#isolatedQueue]) {
          const at = queue.indexOf(job)
          if (at >= 0) queue.splice(at, 1)
        }
        job.reject(signal?.reason)
      }
      const stopListening = (): void => signal?.removeEventListener('abort', onAbort)
      const job: Job = {
        task,
        isolated,
        signal,
        group,
        urgent,
        timeoutMs: Math.min(timeoutMs, this.#options.timeoutMs),
        queuedAt: this.#options.clock.monotonic(),
        resolve: (reply) => (stopListening(), resolve(reply)),
        reject: (reason) => (stopListening(), reject(reason)),
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      const queue = isolated ? this.#isolatedQueue : this.#queue
      queue.push(job)
      this.#dispatch()
    })
  }

  /** Ends all workers; what waits or runs is rejected with `EngineClosed`. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelPatience?.()
    for (const seat of this.#idle.splice(0)) seat.cancelIdle()
    for (const job of [...this.#queue.splice(0), ...this.#isolatedQueue.splice(0)]) job.reject(closedError())
    await Promise.all([...this.#workers].map((worker) => worker.terminate(closedError())))
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const seat = this.#idle.pop()
      if (seat === undefined) break
      seat.cancelIdle()
      const job = this.#takeTurn(this.#queue)
      if (job !== undefined) void this.#serve(seat, job)
    }
    if (this.#shared === 0 && this.#queue.length > 0) void this.#grow()
    this.#watchQueue()
    if (this.#isolatedQueue.length > 0 && !this.#isolatedRunning) void this.#serveIsolated()
  }

  /** The first job of the group, of those that wait, whose turn was longest ago; most often of the urgent jobs, if there are any. */
  #takeTurn(queue: Job[]): Job | undefined {
    const urgent = this.#turn % fairShare === 0 ? [] : queue.filter((job) => job.urgent)
    const turn = ({ group }: Job): number => this.#turns.get(group) ?? 0
    const next = (urgent.length > 0 ? urgent : queue).reduce<Job | undefined>(
      (first, job) => (first && turn(first) <= turn(job) ? first : job),
      undefined,
    )
    if (next === undefined) return undefined
    queue.splice(queue.indexOf(next), 1)
    if (this.#turns.size >= maxTurns) this.#turns.clear()
    this.#turns.set(next.group, ++this.#turn)
    return next
  }

  /** Starts a further worker, if one may start at all, when the task that waits longest has waited for a while. */
  #watchQueue(): void {
    this.#cancelPatience?.()
    this.#cancelPatience = undefined
    // one that is on its way may be enough
    if (this.#queue.length === 0 || this.#starting > 0 || this.#shared >= this.#options.workers) return
    const { clock } = this.#options
    const oldest = this.#queue.reduce((first, { queuedAt }) => Math.min(first, queuedAt), Infinity)
    const since = Math.max(oldest, this.#startedAt)
    this.#cancelPatience = clock.setTimeout(
      () => {
        this.#cancelPatience = undefined
        void this.#grow()
      },
      Math.max(0, since + patienceMs - clock.monotonic()),
    )
  }

  async #grow(): Promise<void> {
    this.#starting++
    try {
      const seat = await this.#openSeat(true).finally(() => this.#starting--)
      this.#startedAt = this.#options.clock.monotonic()
      this.#release(seat)
    } catch (error) {
      // with other workers left the queue goes on; without any nobody would ever serve it
      if (this.#shared === 0) for (const job of this.#queue.splice(0)) job.reject(error)
    }
  }

  async #serveIsolated(): Promise<void> {
    const job = this.#takeTurn(this.#isolatedQueue)
    if (job === undefined) return
    this.#isolatedRunning = true
    try {
      const seat = await this.#openSeat(false)
      await this.#execute(seat, job)
      await this.#discard(seat, discardedError())
    } catch (error) {
      job.reject(error)
    } finally {
      this.#isolatedRunning = false
      this.#dispatch()
    }
  }

  async #serve(seat: Seat, job: Job): Promise<void> {
    const stopYielding = this.#yieldToOthers(seat)
    const keep = await this.#execute(seat, job)
    stopYielding()
    if (keep && !this.#closed) {
      this.#release(seat)
      return
    }
    this.#shared--
    await this.#discard(seat, discardedError())
    this.#dispatch()
  }

  /** Runs the job and settles it; false when the worker must not be used again. */
  async #execute(seat: Seat, job: Job): Promise<boolean> {
    const { clock } = this.#options
    const { timeoutMs } = job
    const startedAt = clock.monotonic()
    const cancel = clock.setTimeout(() => {
      void seat.worker.terminate(
        new KustomizeError(
          'BuildTimeout',
          `the build did not end within ${timeoutMs} ms: the input may be too large, or nested too deeply`,
        ),
      )
    }, timeoutMs)
    try {
      const reply = await seat.worker.run(job.task)
      job.resolve({ ...reply, queueMs: startedAt - job.queuedAt })
      return !reply.broken && reply.memoryBytes <= recycleBytes
    } catch (error) {
      if (error === movedAside) this.#isolatedQueue.push(job)
      else job.reject(error)
      return false
    } finally {
      cancel()
    }
  }

  /** Ends the work of a shared worker when it has taken its time and others wait, now or later. Returns what stops that. */
  #yieldToOthers(seat: Seat): () => void {
    const { clock, yieldMs } = this.#options
    let cancel = (): void => {}
    const look = (): void => {
      if (this.#queue.length > 0) void seat.worker.terminate(movedAside)
      else cancel = clock.setTimeout(look, patienceMs)
    }
    cancel = clock.setTimeout(look, yieldMs)
    return () => cancel()
  }

  #release(seat: Seat): void {
    if (this.#closed) return
    seat.cancelIdle = this.#options.clock.setTimeout(() => void this.#dropIdle(seat), this.#options.idleMs)
    this.#idle.push(seat)
    this.#dispatch()
  }

  async #dropIdle(seat: Seat): Promise<void> {
    const at = this.#idle.indexOf(seat)
    if (at < 0) return
    this.#idle.splice(at, 1)
    this.#shared--
    await this.#discard(seat, discardedError())
  }

  async #discard(seat: Seat, reason: KustomizeError): Promise<void> {
    await seat.worker.terminate(reason)
    this.#forget(seat.worker)
  }

  #forget(worker: EngineWorker): void {
    this.#workers.delete(worker)
  }

  async #openSeat(shared: boolean): Promise<Seat> {
    if (shared) this.#shared++
    let worker: EngineWorker | undefined
    try {
      const { wasmPath, memoryMaxBytes, outputMaxBytes } = this.#options
      worker = new EngineWorker({
        wasmPath,
        limits: { memoryMaxBytes, outputMaxBytes },
        maxFileBytes: Math.floor(memoryMaxBytes / 4),
        warm: shared,
        image: shared ? this.#image : undefined,
      })
      this.#workers.add(worker)
      await this.#awaitStart(worker)
      this.#image ??= worker.image
      return { worker, cancelIdle: () => undefined }
    } catch (error) {
      if (shared) this.#shared--
      if (worker !== undefined) this.#forget(worker)
      throw error
    }
  }

  async #awaitStart(worker: EngineWorker): Promise<void> {
    const cancel = this.#options.clock.setTimeout(() => {
      void worker.terminate(new KustomizeError('EngineFailed', `the engine did not start within ${startTimeoutMs} ms`))
    }, startTimeoutMs)
    try {
      await worker.start()
    } finally {
      cancel()
    }
  }
}

function closedError(): KustomizeError {
  return new KustomizeError('EngineClosed', 'the Kustomize engine is closed')
}

function discardedError(): KustomizeError {
  return new KustomizeError('EngineClosed', 'the worker was discarded')
}
