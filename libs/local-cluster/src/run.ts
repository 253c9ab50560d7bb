// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** How to run a program to its end. */
export interface RunOptions {
  readonly cwd?: string
  /** Absent: this process's own. */
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Uint8Array
  readonly signal?: AbortSignal | undefined
  /** Gets each line of standard error while it runs. */
  readonly onErrorLine?: (line: string) => void
}

/** How a program ended. */
export interface RunResult {
  readonly code: number
  readonly stdout: string
  /** The last lines of standard error. */
  readonly stderr: string
}

const KEPT_ERROR_LINES = 40

/** Runs a program to its end; rejects only if it cannot be started or the signal aborts, which kills it. */
export async function runProgram(path: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  options.signal?.throwIfAborted()
  const child = spawn(path, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    signal: options.signal,
    killSignal: 'SIGKILL',
  })
  // A program that does not read its input closes it early; its exit code says what that means.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input ?? '')
  const stdout: string[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => stdout.push(chunk))
  const errorLines: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    errorLines.push(line)
    if (errorLines.length > KEPT_ERROR_LINES) errorLines.shift()
    options.onErrorLine?.(line)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code: code ?? 1, stdout: stdout.join(''), stderr: errorLines.join('\n') }
}
