// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import { Backoff } from './backoff.ts'
import { abortWith } from './abort-with.ts'
import { IdleTimer } from './idle-timer.ts'
import { KubeError, isKubeError } from './kube-error.ts'
import { identify } from './list-pages.ts'
import type { ReflectorOptions, ReflectorSink, ReflectorStats } from './reflector-types.ts'
import { isExpired } from './status-error.ts'
import { StreamingRefused, initialEventsEnd } from './streaming-support.ts'
import type { WatchEnd, WatchEvent, WatchSession } from './watch.ts'

/** A watch that ends sooner than this is a short one: a proxy that hangs up must not be hammered. */
const shortWatchMs = 1_000
/** So many short watches in a row that carried something are replaced at once, more are not. */
const shortWatchesAtOnce = 5
/** Servers send a bookmark a minute: a watch that is silent for longer than this hangs, and a new one costs one request. */
const silenceMs = 180_000
/** A streamed list that stands still for so long is read as pages instead. */
const streamStallMs = 60_000

/**
 * Keeps a sink like one collection of the server: lists, then watches from the list's version, each watch from where the
 * last one ended. It lists again only when the server no longer knows the version. Every failure is retried.
 */
export class Reflector {
  readonly stats: ReflectorStats = { lists: 0, watches: 0, events: 0, bookmarks: 0, failures: 0, decodeErrors: 0 }
  readonly #options: ReflectorOptions
  readonly #sink: ReflectorSink
  readonly #backoff: Backoff
  /** Where the next watch goes on; undefined when only a list helps. */
  #version: string | undefined
  /** Set while the open watch is still streaming its list. */
  #streaming = false
  /** The last list expired between two pages: take the next in one piece. */
  #unpaged = false
  #shortWatches = 0
  #decodeFailures = 0
  #failingSinceMs: number | undefined

  constructor(options: ReflectorOptions, sink: ReflectorSink) {
    this.#options = options
    this.#sink = sink
    this.#backoff = new Backoff(options.backoffMs, options.random)
  }

  /** Runs until the signal aborts, then returns. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#follow(signal)
      } catch (error) {
        if (signal.aborted) return
        await this.#recover(error, signal).catch(ignoreAbort(signal))
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { client, clock, kind } = this.#options
    this.#streaming = this.#version === undefined && client.streaming.mayStream(kind.group)
    if (this.#version === undefined && !this.#streaming) await this.#list(signal)
    if (this.#streaming) this.#sink.beginList()
    const stop = abortWith(signal)
    const stall = new IdleTimer(clock, streamStallMs, () => {
      if (this.#streaming) stop.abort(new StreamingRefused())
    })
    try {
      const session = await this.#open(stop.signal, () => stall.touch())
      if (!this.#streaming) this.#established()
      const openedMs = clock.monotonic()
      await this.#settle(await session.ended, clock.monotonic() - openedMs, signal)
    } catch (error) {
      if (!this.#isStreamingRefused(error)) throw error
      client.streaming.refuse(kind.group)
    } finally {
      stall.stop()
      stop.release()
    }
  }

  #isStreamingRefused(error: unknown): boolean {
    if (!this.#streaming) return false
    return error instanceof StreamingRefused || isKubeError(error, 'Invalid', 'BadRequest')
  }

  #open(signal: AbortSignal, onEvent: () => void): Promise<WatchSession> {
    const { client, kind, scope, watchTimeoutMs, random } = this.#options
    const timeoutMs = watchTimeoutMs.min + random() * (watchTimeoutMs.max - watchTimeoutMs.min)
    const watch = {
      ...scope,
      ...(this.#streaming ? { sendInitialEvents: true } : { resourceVersion: this.#version }),
      timeoutMs,
      idleMs: this.#options.idleMs ?? silenceMs,
      signal,
    }
    const event = (received: WatchEvent): void => {
      onEvent()
      this.#take(received)
    }
    return this.#throughGate(signal, () => {
      this.stats.watches += 1
      return client.watch(kind, watch, { event })
    })
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, kind, scope, pageSize } = this.#options
    this.#sink.beginList()
    const options = { ...scope, limit: this.#unpaged ? 0 : pageSize, signal }
    const pages = client.pages(kind, options)
    this.stats.lists += 1
    let page = await this.#throughGate(signal, () => pages.next())
    let version = ''
    for (; page.done !== true; page = await pages.next()) {
      this.#sink.listed(page.value.items)
      version = page.value.resourceVersion
    }
    this.#unpaged = false
    this.#endList(version)
  }

  #throughGate<T>(signal: AbortSignal, connect: () => Promise<T>): Promise<T> {
    const { client, clock } = this.#options
    const onWait = (error: KubeError, retryAtMs: number): void => this.#failing(error, retryAtMs - clock.monotonic())
    return client.gate.attempt({ connect, signal, onWait })
  }

  #take({ type, object }: WatchEvent): void {
    const version = object.metadata.resourceVersion ?? ''
    if (type === 'BOOKMARK') {
      this.stats.bookmarks += 1
      if (this.#streaming) this.#endStream(object.metadata.annotations?.[initialEventsEnd], version)
      this.#advance(version)
      return
    }
    this.stats.events += 1
    identify([object], this.#options.kind)
    if (type === 'DELETED') {
      if (this.#streaming) this.#sink.unlisted(object)
      else this.#sink.remove(object)
    } else if (this.#streaming) this.#sink.listed([object])
    else this.#sink.upsert(object)
    // until a streamed list is whole there is no version to go on from
    if (!this.#streaming) this.#advance(version)
  }

  #advance(version: string): void {
    this.#version = version
    this.#decodeFailures = 0
    this.#backoff.reset()
    this.#sink.heard()
  }

  #endStream(annotation: string | undefined, version: string): void {
    if (annotation !== 'true') throw new StreamingRefused()
    this.#streaming = false
    this.stats.lists += 1
    this.#endList(version)
    this.#established()
  }

  #endList(version: string): void {
    this.#version = version
    this.#sink.endList()
  }

  #established(): void {
    this.#failingSinceMs = undefined
    this.#sink.state({ phase: 'watching' })
  }

  /** The watch is over: at once the next one, unless it was refused, or was short once too often. */
  async #settle({ error, heard }: WatchEnd, livedMs: number, signal: AbortSignal): Promise<void> {
    // cut and silent streams are nobody's verdict: if the server is away, connecting will say so
    if (error !== undefined && error.status !== 0) throw error
    if (isKubeError(error, 'DecodeFailed', 'TlsFailed')) throw error
    if (livedMs >= shortWatchMs) {
      this.#shortWatches = 0
      return
    }
    this.#shortWatches += 1
    if (heard && this.#shortWatches <= shortWatchesAtOnce) return
    this.stats.failures += 1
    await this.#options.clock.sleep(this.#backoff.next(), signal)
  }

  async #recover(thrown: unknown, signal: AbortSignal): Promise<void> {
    const error = this.#toKubeError(thrown)
    this.stats.failures += 1
    if (isExpired(error)) {
      this.#unpaged = this.#version === undefined
      this.#version = undefined
    }
    if (error.code === 'DecodeFailed') this.#onDecodeFailure(error)
    // the gate does the waiting where nothing answers
    const asked = (error.retryAfterMs ?? 0) * (1 + this.#options.random() * 0.2)
    const delayMs = error.code === 'Unreachable' ? 0 : Math.max(asked, this.#backoff.next())
    this.#failing(error, delayMs)
    if (delayMs > 0) await this.#options.clock.sleep(delayMs, signal)
  }

  /** Read again from the last good version; where that fails too, the list brings what the frame would have. */
  #onDecodeFailure(error: KubeError): void {
    this.stats.decodeErrors += 1
    this.#decodeFailures += 1
    this.#options.log.error({ kind: this.#options.kind.kind, error: errorMessage(error) }, 'cannot read a watch event')
    if (this.#decodeFailures > 1) this.#version = undefined
  }

  #toKubeError(thrown: unknown): KubeError {
    if (thrown instanceof KubeError) return thrown
    const message = `${this.#options.kind.kind}: cannot take an object into the cache`
    return new KubeError('DecodeFailed', message, { cause: thrown })
  }

  #failing(error: KubeError, delayMs: number): void {
    const { clock, log, kind } = this.#options
    const nowMs = clock.now()
    if (this.#failingSinceMs === undefined) {
      log.warn({ kind: kind.kind, code: error.code, error: errorMessage(error) }, 'watch is interrupted')
    }
    this.#failingSinceMs ??= nowMs
    this.#sink.state({
      phase: 'failing',
      error,
      sinceMs: this.#failingSinceMs,
      retryAtMs: nowMs + Math.max(0, delayMs),
    })
  }
}

function ignoreAbort(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error
  }
}
