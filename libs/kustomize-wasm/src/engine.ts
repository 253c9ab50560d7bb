// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { BuildRequest, BuildResult, BuiltObject, FileReference, FinishedObjects, JsonObject } from './build.ts'
import { Pool } from './pool.ts'
import type { PoolClock, PoolReply } from './pool.ts'
import type { EmittedObject, EngineRequest } from './wasm/instance.ts'
import { assertDistinct } from './distinct.ts'
import { isFailure, objectsOf, toError, wantedOf, yamlOutcome } from './outcome.ts'
import { fetchRemotes, noRemotes } from './remote.ts'
import type { FetchedRemotes } from './remote.ts'
import type { YamlNode } from './yaml-node.ts'

/** The part of a clock that the engine needs; `systemClock` of `@tidelock/api` and the test kit's clock fit. */
export type EngineClock = PoolClock

/** How an engine is made. */
export interface EngineOptions {
  /** The engine's WebAssembly file; see `ensureWasm`. */
  readonly wasmPath: string
  /** Worker threads at most, default 2. They start when needed; the second only when tasks pile up. */
  readonly workers?: number
  /** Of one instance, default 512 MiB, at least 64 MiB. */
  readonly memoryMaxBytes?: number
  /** JSON and YAML of one build together, default 128 MiB. */
  readonly outputMaxBytes?: number
  /** Of one task, without its waiting; default 60 s. */
  readonly timeoutMs?: number
  /** How long a task may hold a worker while others wait, before it is begun again beside them; default 5 s. */
  readonly yieldMs?: number
  /** How long a worker may do nothing before it is dropped; default 60 s. */
  readonly idleMs?: number
  readonly clock?: EngineClock
}

const mebibyte = 1024 * 1024

const systemClock: EngineClock = {
  monotonic: () => performance.now(),
  setTimeout: (action, ms) => {
    const timer = setTimeout(action, ms)
    // a worker that runs keeps the process alive by itself
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/**
 * The real Kustomize, sandboxed: it sees one directory tree, read-only, and nothing else. Safe to call concurrently.
 * The owner calls `close`; an engine that is not closed does not keep the process alive.
 */
export class KustomizeEngine implements AsyncDisposable {
  readonly #pool: Pool
  readonly #urgent: boolean

  constructor(options: EngineOptions | { readonly urgentOf: KustomizeEngine }) {
    this.#urgent = 'urgentOf' in options
    if ('urgentOf' in options) {
      this.#pool = options.urgentOf.#pool
      return
    }
    this.#pool = new Pool({
      wasmPath: options.wasmPath,
      workers: Math.max(1, options.workers ?? 2),
      memoryMaxBytes: Math.max(options.memoryMaxBytes ?? 512 * mebibyte, 64 * mebibyte),
      outputMaxBytes: options.outputMaxBytes ?? 128 * mebibyte,
      timeoutMs: options.timeoutMs ?? 60_000,
      yieldMs: options.yieldMs ?? 5000,
      idleMs: options.idleMs ?? 60_000,
      clock: options.clock ?? systemClock,
    })
  }

  /** This engine, for what somebody waits for: its tasks go before those of others as a rule. It ends with this one. */
  urgently(): KustomizeEngine {
    return new KustomizeEngine({ urgentOf: this })
  }

  /** Starts a worker ahead of the first build. Throws `EngineFailed` when it cannot start. */
  warm(): Promise<void> {
    return this.#pool.warm()
  }

  /**
   * Renders one directory. Throws a `KustomizeError`, or the signal's reason when it aborts. A tree that sets
   * `openapi` is built again in an instance of its own.
   */
  async build(request: BuildRequest, signal?: AbortSignal): Promise<BuildResult> {
    const { remotes } = request
    let fetched = noRemotes
    let tried = await this.#try(request, fetched, signal)
    for (;;) {
      const wanted = wantedOf(tried.reply)
      if (remotes === undefined || wanted.length === 0) break
      fetched = await fetchRemotes(fetched, wanted, remotes, signal)
      tried = await this.#try(request, fetched, signal)
    }
    const { reply, isolated, queueMs } = tried
    return {
      objects: objectsOf(reply).map(toBuiltObject),
      digest: reply.digest,
      readSet: reply.readSet ?? { files: [], missing: [], directories: [] },
      warnings: warningsOf(reply.output),
      stats: {
        buildMs: reply.elapsedMs,
        queueMs,
        memoryBytes: reply.memoryBytes,
        isolated,
      },
    }
  }

  /**
   * The files that a build of this request would take from the tree for secret generators, patches and plain resources, directories that
   * it refers to included; each path once a use. What is not there is left out: the build says so. Throws as `build` does.
   */
  async listReferences(request: BuildRequest, signal?: AbortSignal): Promise<readonly FileReference[]> {
    const task = { kind: 'references', root: request.root, request: toEngineRequest(request) } as const
    const reply = await this.#pool.run(task, { isolated: false, urgent: this.#urgent, signal })
    return objectsOf(reply).map(({ json }) => JSON.parse(json) as FileReference)
  }

  /**
   * The documents of a YAML text with their comments and Go's typing. Throws `InvalidYaml`, without a word of the text, also for a first
   * document that is no mapping, for keys that stand twice, and for too many aliases.
   */
  async readYaml(text: string, signal?: AbortSignal): Promise<readonly YamlNode[]> {
    const reply = await this.#pool.run(
      { kind: 'readYaml', texts: [text] },
      { isolated: false, urgent: this.#urgent, signal },
    )
    return yamlOutcome(reply, 'the text is no YAML').map(({ json }) => JSON.parse(json) as YamlNode)
  }

  /** Prints documents, each the mapping at its root, with Go's quoting and an indentation of 4. Throws `InvalidYaml`, as `readYaml` does. */
  async printYaml(documents: readonly YamlNode[], signal?: AbortSignal): Promise<string> {
    const texts = [JSON.stringify(documents)]
    const reply = await this.#pool.run({ kind: 'printYaml', texts }, { isolated: false, urgent: this.#urgent, signal })
    return yamlOutcome(reply, 'the documents cannot be printed')[0]?.yaml ?? ''
  }

  /**
   * Parses each text, of one or more YAML documents, to its objects, with Go's typing. Empty documents are left out.
   * Throws `InvalidYaml` for the first text that is no YAML, holds something else than objects, or aliases too much.
   */
  async parseYaml(texts: readonly string[], signal?: AbortSignal): Promise<readonly (readonly JsonObject[])[]> {
    if (texts.length === 0) return []
    const reply = await this.#pool.run({ kind: 'parse', texts }, { isolated: false, urgent: this.#urgent, signal })
    return reply.outcomes.map((outcome, index) => {
      if (!outcome.ok) throw toError(outcome.failure, { index })
      return outcome.objects.map(({ json }) => JSON.parse(json) as JsonObject)
    })
  }

  /**
   * The last step of a Flux build: takes each object as built, or its YAML text after substitution, and returns all of
   * them as Flux would apply them, with the digest of the whole stream. Throws `InvalidYaml` with `details.index`, and
   * `BuildFailed` when a substitution made two objects the same.
   */
  async finish(
    items: readonly (BuiltObject | { readonly substituted: string })[],
    signal?: AbortSignal,
  ): Promise<FinishedObjects> {
    const texts = items.flatMap((item) => ('substituted' in item ? [item.substituted] : []))
    const rendered = texts.length === 0 ? [] : await this.#render(texts, signal)
    let next = 0
    const objects = items.map((item) => ('substituted' in item ? rendered[next++] : item) as BuiltObject)
    if (texts.length > 0) assertDistinct(objects)
    const stream = createHash('sha256').update(objects.map(({ yaml }) => yaml).join('---\n'))
    return { objects, digest: `sha256:${stream.digest('hex')}` }
  }

  /** Ends all workers; what still runs is rejected with `EngineClosed`. Does nothing on what `urgently` answered. */
  async close(): Promise<void> {
    if (!this.#urgent) await this.#pool.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #try(
    request: BuildRequest,
    { contents, directories, table }: FetchedRemotes,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly reply: PoolReply; readonly isolated: boolean; readonly queueMs: number }> {
    const { root, replaced = new Map<string, Uint8Array>() } = request
    const remote = { contents, directories }
    const run = (isolated: boolean): Promise<PoolReply> =>
      this.#pool.run(
        { kind: 'build', root, replaced, remote, request: { ...toEngineRequest(request), isolated, remotes: table } },
        { isolated, signal, urgent: this.#urgent, group: request.group, timeoutMs: request.timeoutMs },
      )
    const shared = await run(false)
    if (!isFailure(shared, 'NeedsIsolation')) return { reply: shared, isolated: false, queueMs: shared.queueMs }
    const reply = await run(true)
    return { reply, isolated: true, queueMs: reply.queueMs + shared.elapsedMs + shared.queueMs }
  }

  async #render(texts: readonly string[], signal: AbortSignal | undefined): Promise<readonly BuiltObject[]> {
    const reply = await this.#pool.run({ kind: 'finish', texts }, { isolated: false, urgent: this.#urgent, signal })
    return reply.outcomes.flatMap((outcome, index) => {
      if (!outcome.ok) throw toError(outcome.failure, { index })
      return outcome.objects.map(toBuiltObject)
    })
  }
}

function toEngineRequest({ path, mode, overrides = {}, ignored = [] }: BuildRequest): EngineRequest {
  const clean = posix.join('/', path).slice(1).replace(/\/$/, '') || '.'
  return { path: clean, overrides, ignored, plain: mode === 'kustomize', isolated: false, remotes: noRemotes.table }
}

function toBuiltObject({ json, yaml }: EmittedObject): BuiltObject {
  return { object: JSON.parse(json) as JsonObject, yaml }
}

const warningsLimit = 100

function warningsOf(output: string): readonly string[] {
  const lines = output.split('\n').map((line) => line.trim())
  return [...new Set(lines.filter((line) => line !== ''))].slice(0, warningsLimit)
}
