// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'

/** How a lock behaves. */
export interface LockOptions {
  readonly signal?: AbortSignal | undefined
  /** A holder counts as dead after this long without a sign of life; default 30 000. */
  readonly staleMs?: number
  /** Called once if somebody else holds it. */
  readonly onWait?: (holder: string) => void
}

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number
  readonly host: string
}

interface Holder extends LockHolder {
  readonly token: string
}

/** A held lock. */
export interface Lock {
  /** Gives the lock up; a lock that somebody took over meanwhile stays theirs. */
  release(): Promise<void>
}

const POLL_MS = 100
const DEFAULT_STALE_MS = 30_000

/**
 * Takes the lock file, waiting for a living holder. A dead one is no hindrance: on this machine its process id tells
 * at once, and everywhere its heartbeat, the file's modification time.
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<Lock> {
  let told = false
  for (;;) {
    options.signal?.throwIfAborted()
    const lock = await tryLock(path, options)
    if (typeof lock !== 'string') return lock
    if (!told) options.onWait?.(lock)
    told = true
    await delay(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal })
  }
}

/** Takes the lock file, or answers who holds it. */
export async function tryLock(path: string, options: LockOptions = {}): Promise<Lock | string> {
  const staleMs = options.staleMs ?? DEFAULT_STALE_MS
  const mine: Holder = { token: randomBytes(12).toString('hex'), pid: process.pid, host: hostname() }
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(path, JSON.stringify(mine), { flag: 'wx', mode: 0o600 })
      return holdLock(path, mine, staleMs)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const found = await readHolder(path)
    if (found !== undefined && (await isAlive(path, found, staleMs))) return `process ${found.pid} on ${found.host}`
    if (found !== undefined) await removeDead(path, found)
  }
  return 'another process'
}

/** The process that holds the lock file; undefined when nobody does, or a dead one. */
export async function findLockHolder(
  path: string,
  options: Pick<LockOptions, 'staleMs'> = {},
): Promise<LockHolder | undefined> {
  const found = await readHolder(path)
  if (found === undefined || found.pid === 0) return undefined
  if (!(await isAlive(path, found, options.staleMs ?? DEFAULT_STALE_MS))) return undefined
  return { pid: found.pid, host: found.host }
}

function holdLock(path: string, mine: Holder, staleMs: number): Lock {
  const heartbeat = setInterval(() => {
    const now = new Date()
    // A failed beat is no failure: the next one, or the end, follows.
    utimes(path, now, now).catch(() => undefined)
  }, staleMs / 6)
  heartbeat.unref()
  const release = async (): Promise<void> => {
    clearInterval(heartbeat)
    if ((await readHolder(path))?.token === mine.token) await rm(path, { force: true })
  }
  return { release }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const parsed = JSON.parse(await readFile(path, 'utf8')) as Holder
    return typeof parsed.token === 'string' ? parsed : undefined
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    // Not written yet, or cut off by a killed holder: only its age can tell.
    return { token: '', pid: 0, host: '' }
  }
}

async function isAlive(path: string, holder: Holder, staleMs: number): Promise<boolean> {
  if (holder.host === hostname() && !isProcessAlive(holder.pid)) return false
  // Also for a living process id: the system may have given a dead holder's to another program.
  try {
    return Date.now() - (await stat(path)).mtimeMs < staleMs
  } catch {
    return false
  }
}

/** Whether a process with this id exists, ours or not. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

// Two waiters may find the same dead holder: who moves a living one's file away by mistake puts it back.
async function removeDead(path: string, dead: Holder): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await rename(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const moved = await readHolder(aside)
  if (moved !== undefined && moved.token !== dead.token) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}
