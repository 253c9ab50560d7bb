// SPDX-License-Identifier: Apache-2.0
import { Socket } from 'node:net'
import { isHelp } from './controller-command.ts'

/** The process as `runMain` sees it; tests pass their own. */
export interface MainProcess {
  on(event: string, listener: (...values: never[]) => void): unknown
  exit(code: number): void
  readonly stderr: { write(text: string): unknown }
}

/** Settings of `runMain`. */
export interface RunMainOptions {
  /** File descriptor of a pipe whose end means that the parent is gone: the process then stops too. */
  readonly lifelineFd?: number | undefined
  /** Absent: this process. */
  readonly process?: MainProcess
  /** Says what ended the program. Absent: one line on stderr. */
  readonly report?: (error: unknown) => void
}

/**
 * Runs the program until it ends by itself or is told to: the first SIGTERM or SIGINT, and the end of the life line, abort the
 * signal; a second one ends the process at once. Exits with 0 when the program returned, else with 1; an error that
 * nobody caught is reported and ends the process too.
 */
export async function runMain(
  main: (signal: AbortSignal) => Promise<void>,
  options: RunMainOptions = {},
): Promise<void> {
  const target: MainProcess = options.process ?? (process as unknown as MainProcess)
  const report = options.report ?? ((error: unknown) => target.stderr.write(`${String(error)}\n`))
  const stopping = new AbortController()
  const stop = (reason: string): void => {
    if (stopping.signal.aborted) target.exit(1)
    else stopping.abort(new Error(reason))
  }
  for (const name of ['SIGTERM', 'SIGINT']) target.on(name, () => stop(name))
  const crash = (error: unknown): void => {
    report(error)
    target.exit(1)
  }
  target.on('uncaughtException', crash)
  target.on('unhandledRejection', crash)
  if (options.lifelineFd !== undefined) watchLifeline(options.lifelineFd, () => stop('the parent process is gone'))
  try {
    await main(stopping.signal)
    target.exit(0)
  } catch (error) {
    if (isHelp(error)) target.exit(0)
    else crash(error)
  }
}

function watchLifeline(fd: number, ended: () => void): void {
  // not a file stream: its blocked read would keep the process from exiting
  const stream = new Socket({ fd, readable: true, writable: false })
  let isOver = false
  const once = (): void => {
    if (!isOver) ended()
    isOver = true
  }
  stream.on('end', once).on('error', once).resume()
}
