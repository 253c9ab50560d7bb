// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { BenchError } from '../errors.ts'
import { parseUpState } from './up-state.ts'
import type { UpState } from './up-state.ts'

/** How `tidelock up` is run. */
export interface RunUpOptions {
  /** Arguments behind `up`. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal
}

/** A running `tidelock up`. The caller stops it. */
export interface RunningUp {
  readonly state: UpState
  /** Rejects when it ends before it is stopped. */
  readonly broken: Promise<never>
  stop(): Promise<void>
}

const entry = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url))
const lifelineFd = 3
const stopTimeoutMs = 60_000

/**
 * Runs `tidelock up -o json`, with the controllers as their images have them, which tools/bundle.mjs made, and resolves when it
 * has printed where everything is. Throws StartFailed with its last lines.
 */
export async function runUp({ args, env, onProgress, signal }: RunUpOptions): Promise<RunningUp> {
  // a group of its own: Ctrl-C in a terminal reaches this process alone, which then ends the other in order
  const child = spawn(
    process.execPath,
    [...process.execArgv, '--conditions=bundle', entry, 'up', '-o', 'json', ...args],
    {
      detached: true,
      // the pipe closes when this process ends, however that happens, and everything ends with it
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...env, TIDELOCK_LIFELINE_FD: String(lifelineFd) },
    },
  )
  const lastLines: string[] = []
  createInterface(readable(child.stderr)).on('line', (line) => {
    lastLines.push(line)
    if (lastLines.length > 20) lastLines.shift()
    if (line.startsWith('► ')) onProgress(line.slice(2))
  })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, name) => resolve(name === null ? `exit code ${code}` : `signal ${name}`))
  })
  const stop = (): Promise<void> => stopChild(child, ended)
  const broken = ended.then((how): never => {
    throw new BenchError('StartFailed', `tidelock up ended (${how}):\n${lastLines.join('\n')}`)
  })
  // who waits on it later gets the error; until then it must not count as unhandled
  broken.catch(() => undefined)
  try {
    return { state: await Promise.race([readState(child, signal), broken]), broken, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

// the types cannot tell which of the four descriptors are pipes
function readable(stream: Readable | null): Readable {
  if (stream === null) throw new BenchError('StartFailed', 'tidelock up has no output')
  return stream
}

function readState(child: ChildProcess, signal: AbortSignal): Promise<UpState> {
  return new Promise((resolve, reject) => {
    let text = ''
    readable(child.stdout)
      .setEncoding('utf8')
      .on('data', (chunk: string) => {
        text += chunk
        try {
          const state = parseUpState(text)
          if (state !== undefined) resolve(state)
        } catch (error) {
          reject(error)
        }
      })
    if (signal.aborted) reject(signal.reason as Error)
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

async function stopChild(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(timer)
}
