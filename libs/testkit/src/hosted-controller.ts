// SPDX-License-Identifier: Apache-2.0

/** Runs until the signal aborts, and writes its log to the stream, a line at a time. */
export type RunController = (signal: AbortSignal, log: { write(line: string): void }) => Promise<void>

/** A controller in the process of the test, which is started and stopped as often as the test wants, and what it logs. */
export class HostedController {
  /** Lines of the log, those of earlier runs before. */
  readonly lines: string[] = []
  #running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined

  start(run: RunController): void {
    const stop = new AbortController()
    const ended = run(stop.signal, { write: (line) => void this.lines.push(line) })
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
