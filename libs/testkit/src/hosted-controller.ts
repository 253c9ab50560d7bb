// SPDX-License-Identifier: Apache-2.0
import { createLogger } from '@tidelock/runtime'
import type { Logger } from '@tidelock/runtime'

/** Runs until the signal aborts. */
export type RunController = (signal: AbortSignal, log: Logger) => Promise<void>

/** A controller in the process of the test, which is started and stopped as often as the test wants, and what it logs. */
export class HostedController {
  /** Lines of the log, those of earlier runs before. */
  readonly lines: string[] = []
  readonly #level: 'debug' | 'trace'
  #running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined

  constructor(level: 'debug' | 'trace' = 'trace') {
    this.#level = level
  }

  start(run: RunController): void {
    const stop = new AbortController()
    const stream = { write: (line: string): void => void this.lines.push(line) }
    const ended = run(stop.signal, createLogger({ level: this.#level, encoding: 'json' }, stream))
    // told by `stop`
    ended.catch(() => undefined)
    this.#running = { stop, ended }
  }

  /** Waits for its end; throws what it ended with. Nothing to do where none runs. */
  async stop(): Promise<void> {
    this.#running?.stop.abort()
    await this.#running?.ended
    this.#running = undefined
  }
}
