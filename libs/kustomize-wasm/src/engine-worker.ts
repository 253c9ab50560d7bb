// SPDX-License-Identifier: Apache-2.0
import { Worker } from 'node:worker_threads'
import type { CrashKind } from './crash.ts'
import { KustomizeError } from './errors.ts'
import type { Task, TaskReply, WorkerMessage, WorkerSetup } from './protocol.ts'
import type { EngineImage } from './wasm/image.ts'

const isSource = import.meta.url.endsWith('.ts')
const workerUrl = new URL(isSource ? './worker.ts' : './worker.js', import.meta.url)

interface Pending {
  readonly resolve: (reply: TaskReply) => void
  readonly reject: (error: KustomizeError) => void
}

const crashCodes = { memory: 'BuildOutOfMemory', stack: 'BuildCrashed', other: 'BuildCrashed' } as const
const mebibyte = 1024 * 1024

/** One worker thread with one engine instance. Once it `isDead`, it rejects all further work. */
export class EngineWorker {
  readonly #worker: Worker
  readonly #setup: WorkerSetup
  #ready = false
  #pending: Pending | undefined
  #death: KustomizeError | undefined
  #image: EngineImage | undefined

  constructor(setup: WorkerSetup) {
    this.#setup = setup
    this.#worker = new Worker(workerUrl, {
      name: 'kustomize',
      workerData: setup,
      env: {},
      // a thread inherits neither the test runner's flags nor its loaders
      execArgv: isSource ? ['--conditions=source'] : [],
      resourceLimits: { maxOldGenerationSizeMb: 512, stackSizeMb: 16 },
    })
    this.#worker.on('message', (message: WorkerMessage) => this.#onMessage(message))
    this.#worker.on('error', (error: Error) => this.#die(toError(error, this.#ready)))
    this.#worker.on('exit', (code) => {
      this.#die(new KustomizeError(this.#ready ? 'BuildCrashed' : 'EngineFailed', `the engine's thread ended: ${code}`))
    })
    this.#worker.unref()
  }

  /** What a further worker can begin with; undefined before it is ready, and where it began with one itself. */
  get image(): EngineImage | undefined {
    return this.#image
  }

  get isDead(): boolean {
    return this.#death !== undefined
  }

  /** Resolves when the engine has started; rejects with `EngineFailed` when it cannot. */
  start(): Promise<void> {
    return this.#expect(() => undefined).then(() => undefined)
  }

  /** Runs one task; only one at a time, and only after `start`. */
  run(task: Task): Promise<TaskReply> {
    return this.#expect(() => this.#worker.postMessage(task, []))
  }

  /** Ends the thread at once; what runs is rejected with `reason`. */
  async terminate(reason: KustomizeError): Promise<void> {
    this.#die(reason)
    await this.#worker.terminate()
  }

  #expect(begin: () => void): Promise<TaskReply> {
    return new Promise((resolve, reject) => {
      if (this.#death !== undefined) {
        reject(this.#death)
        return
      }
      this.#pending = { resolve, reject }
      this.#worker.ref()
      begin()
    })
  }

  #onMessage(message: WorkerMessage): void {
    switch (message.kind) {
      case 'ready':
        this.#ready = true
        this.#image = message.image
        this.#settle(({ resolve }) => resolve(emptyReply))
        return
      case 'done':
        this.#settle(({ resolve }) => resolve(message.reply))
        return
      case 'crashed': {
        const code = this.#ready ? crashCodes[message.crash] : 'EngineFailed'
        const text = crashText(message.crash, message.message, this.#setup.limits.memoryMaxBytes)
        this.#die(new KustomizeError(code, text, { cause: message.message }))
      }
    }
  }

  #die(reason: KustomizeError): void {
    this.#death ??= reason
    this.#settle(({ reject }) => reject(reason))
  }

  #settle(use: (pending: Pending) => void): void {
    const pending = this.#pending
    this.#pending = undefined
    this.#worker.unref()
    if (pending !== undefined) use(pending)
  }
}

// what Go's runtime says of its memory helps nobody who wrote the input
function crashText(crash: CrashKind, message: string, memoryMaxBytes: number): string {
  switch (crash) {
    case 'memory': {
      const bound = Math.floor(memoryMaxBytes / mebibyte)
      return `the build needs more than the ${bound} MiB of memory that it may use: the input is too large, nested too deeply, refers to itself, or multiplies itself by aliases`
    }
    case 'stack':
      return 'the engine ran out of stack: the input is nested too deeply, or refers to itself'
    case 'other':
      return `the engine crashed: ${message}`
  }
}

const emptyReply: TaskReply = {
  outcomes: [],
  readSet: undefined,
  digest: '',
  output: '',
  elapsedMs: 0,
  memoryBytes: 0,
  broken: false,
}

function toError(error: Error, ready: boolean): KustomizeError {
  if (!ready) return new KustomizeError('EngineFailed', 'the engine cannot start', { cause: error })
  const isHeap = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'
  return isHeap
    ? new KustomizeError('BuildOutOfMemory', 'the build needs more memory than its thread may use', { cause: error })
    : new KustomizeError('BuildCrashed', 'the engine crashed', { cause: error })
}
