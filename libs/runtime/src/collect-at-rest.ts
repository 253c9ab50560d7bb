// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'

/** A minute, after which the engine of the kustomize controller is dropped too, and a little. */
const restMs = 70_000

/**
 * Collects all garbage once when nothing has been reconciled for a while. V8 collects when memory is asked for, and at rest nobody
 * asks: what a burst of work leaves, compiled code that is not needed any more included, would stay until the next one.
 */
export class RestCollector {
  readonly #clock: Clock
  readonly #collect: (() => void) | undefined
  #lastMs = 0
  #cancel: (() => void) | undefined
  #isStopped = false

  /** `collect` is absent where Node runs without `--expose-gc`: then nothing is done. */
  constructor(clock: Clock, collect: (() => void) | undefined = exposedCollection()) {
    this.#clock = clock
    this.#collect = collect
  }

  /** Something was reconciled. */
  worked(): void {
    if (this.#collect === undefined || this.#isStopped) return
    this.#lastMs = this.#clock.monotonic()
    this.#cancel ??= this.#clock.setTimeout(() => this.#look(), restMs)
  }

  /** Collects no more. */
  stop(): void {
    this.#isStopped = true
    this.#cancel?.()
    this.#cancel = undefined
  }

  #look(): void {
    this.#cancel = undefined
    const leftMs = this.#lastMs + restMs - this.#clock.monotonic()
    if (leftMs > 0) this.#cancel = this.#clock.setTimeout(() => this.#look(), leftMs)
    else this.#collect?.()
  }
}

function exposedCollection(): (() => void) | undefined {
  const { gc } = globalThis
  // the thorough one: it lets go of compiled code and bytecode too
  return gc === undefined ? undefined : () => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
