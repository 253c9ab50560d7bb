// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'

/** Calls `onIdle` once when `touch` was not called for the given time. A touch costs no timer: the timer looks back when it fires. */
export class IdleTimer {
  readonly #clock: Clock
  readonly #idleMs: number
  readonly #onIdle: () => void
  #touchedMs: number
  #cancel: () => void

  constructor(clock: Clock, idleMs: number, onIdle: () => void) {
    this.#clock = clock
    this.#idleMs = idleMs
    this.#onIdle = onIdle
    this.#touchedMs = clock.monotonic()
    this.#cancel = clock.setTimeout(() => this.#look(), idleMs)
  }

  touch(): void {
    this.#touchedMs = this.#clock.monotonic()
  }

  stop(): void {
    this.#cancel()
  }

  #look(): void {
    const leftMs = this.#touchedMs + this.#idleMs - this.#clock.monotonic()
    if (leftMs <= 0) this.#onIdle()
    else this.#cancel = this.#clock.setTimeout(() => this.#look(), leftMs)
  }
}
