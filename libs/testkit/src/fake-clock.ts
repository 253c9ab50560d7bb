// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'

interface Timer {
  readonly at: number
  readonly sequence: number
  readonly fire: () => void
}

/** A clock that stands still until the test moves it. Timers fire in order of their time, then of their creation. */
export class FakeClock implements Clock {
  #nowMs: number
  readonly #startMs: number
  #jumpedMs = 0
  #sequence = 0
  readonly #timers = new Set<Timer>()

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs
    this.#startMs = startMs
  }

  now(): number {
    return this.#nowMs + this.#jumpedMs
  }

  /** Sets the wall clock by so much, as an administrator or NTP does: no time passes, and no timer minds. */
  jump(byMs: number): void {
    this.#jumpedMs += byMs
  }

  monotonic(): number {
    return this.#nowMs - this.#startMs
  }

  /** How many timers and sleeps are pending. */
  get pending(): number {
    return this.#timers.size
  }

  setTimeout(fire: () => void, delayMs: number): () => void {
    const timer = { at: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence++, fire }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error)
      const abort = (): void => {
        cancel()
        reject(signal?.reason as Error)
      }
      const cancel = this.setTimeout(() => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }, delayMs)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** Moves the time on, firing what falls due; promises that the timers settle run before the next timer. */
  async advance(byMs: number): Promise<void> {
    const end = this.#nowMs + byMs
    for (let due = this.#next(end); due !== undefined; due = this.#next(end)) {
      this.#timers.delete(due)
      this.#nowMs = Math.max(this.#nowMs, due.at)
      due.fire()
      await settle()
    }
    this.#nowMs = end
    await settle()
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at > end) continue
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.sequence < first.sequence))
        first = timer
    }
    return first
  }
}

// a macrotask lets every microtask that is queued by then run
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
