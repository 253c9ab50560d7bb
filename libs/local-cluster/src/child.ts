// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { LocalClusterError } from './errors.ts'
import type { Binary, ComponentName } from './types.ts'

/** The inherited descriptor whose end of file tells a process that its parent is gone; see `internal/lifeline`. */
const LIFELINE_FD = 3
const TAIL_BYTES = 64 * 1024

/** What a component's process is started with. */
export interface ChildOptions {
  readonly name: ComponentName
  readonly binary: Binary
  readonly args: readonly string[]
  readonly cwd: string
  readonly logFile: string
  /** How long `stop` waits after SIGTERM. */
  readonly graceMs: number
  /** Called when the process ends and neither `stop` nor `kill` asked for it. */
  readonly onUnexpectedExit: (how: string) => void
}

/** One running process of a cluster. */
export interface Child {
  readonly pid: number
  /** Resolves with how it ended, such as `exit code 1` or `signal SIGKILL`. */
  readonly ended: Promise<string>
  /** How it ended, or undefined while it runs. */
  outcome(): string | undefined
  /** SIGTERM, and SIGKILL to whom that does not move; resolves when the process is gone. */
  stop(): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** What it logged since this start, at most the last 64 KiB. */
  readLog(): Promise<string>
}

/** Starts a component bound to the life of this process: even after a `kill -9` of us it ends. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = await open(options.logFile, 'a', 0o600)
  try {
    const logStart = (await log.stat()).size
    const process = await spawnBound(options, log.fd)
    return createChild(process, options, logStart)
  } finally {
    await log.close()
  }
}

async function spawnBound(options: ChildOptions, logFd: number): Promise<ChildProcess & { pid: number }> {
  const child = spawn(options.binary.path, [...options.binary.args, ...options.args], {
    cwd: options.cwd,
    // A fixed environment: etcd and others read settings from theirs.
    env: { HOME: options.cwd, TIDELOCK_LIFELINE_FD: String(LIFELINE_FD) },
    stdio: ['ignore', logFd, logFd, 'pipe'],
    // A group of its own: an interrupt from the terminal is for us, and we stop the parts in order.
    detached: true,
  })
  child.stdio[LIFELINE_FD]?.on('error', () => undefined)
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw new LocalClusterError('StartFailed', `starting ${options.name} from ${options.binary.path}`, { cause: error })
  }
  return child as ChildProcess & { pid: number }
}

function createChild(process: ChildProcess & { pid: number }, options: ChildOptions, logStart: number): Child {
  let expected = false
  let outcome: string | undefined
  const ended = new Promise<string>((resolve) => {
    process.once('exit', (code, signal) => {
      outcome = signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`
      process.stdio[LIFELINE_FD]?.destroy()
      if (!expected) options.onUnexpectedExit(outcome)
      resolve(outcome)
    })
  })
  return {
    pid: process.pid,
    ended,
    outcome: () => outcome,
    stop: async () => {
      expected = true
      process.kill('SIGTERM')
      const timer = new AbortController()
      const grace = delay(options.graceMs, 'late', { signal: timer.signal }).catch(() => 'cancelled')
      if ((await Promise.race([ended, grace])) === 'late') process.kill('SIGKILL')
      timer.abort()
      await ended
    },
    kill: (signal) => {
      expected ||= signal !== 'SIGSTOP' && signal !== 'SIGCONT'
      process.kill(signal)
    },
    readLog: () => readTail(options.logFile, logStart),
  }
}

async function readTail(path: string, from: number): Promise<string> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const start = Math.max(from, size - TAIL_BYTES)
  const buffer = Buffer.alloc(Math.max(0, size - start))
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start)
  return buffer.toString('utf8', 0, bytesRead)
}
