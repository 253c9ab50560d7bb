// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { acquireLock, findLockHolder, tryLock } from './lock.ts'

let dir: string
let path: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidelock-lock-'))
  path = join(dir, 'lock')
})

afterEach(() => rm(dir, { recursive: true, force: true }))

async function writeHolder(pid: number, host: string): Promise<void> {
  await writeFile(path, JSON.stringify({ token: 'other', pid, host }))
}

async function makeOld(): Promise<void> {
  const old = new Date(Date.now() - 60_000)
  await utimes(path, old, old)
}

describe('findLockHolder', () => {
  it('names a living holder and nobody else', async () => {
    expect(await findLockHolder(path)).toBeUndefined()
    const lock = await tryLock(path)
    if (typeof lock === 'string') throw new Error(lock)
    expect(await findLockHolder(path)).toEqual({ pid: process.pid, host: hostname() })
    await makeOld()
    expect(await findLockHolder(path)).toBeUndefined()
    await writeFile(path, '{"tok')
    expect(await findLockHolder(path)).toBeUndefined()
    await lock.release()
  })
})

describe('tryLock', () => {
  it('takes a free lock, names the holder of a taken one, and leaves nothing behind', async () => {
    const lock = await tryLock(path)
    if (typeof lock === 'string') throw new Error(lock)
    expect(await tryLock(path)).toBe(`process ${process.pid} on ${hostname()}`)
    await lock.release()
    expect(await readdir(dir)).toEqual([])
  })

  it('takes over at once from a process that has died on this machine', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await once(child, 'exit')
    await writeHolder(child.pid ?? 0, hostname())
    expect(await tryLock(path)).toHaveProperty('release')
  })

  it('takes over from another machine, and from a process id given anew, once the heartbeat is old', async () => {
    for (const host of ['elsewhere.example.com', hostname()]) {
      await writeHolder(process.pid, host)
      expect(await tryLock(path)).toBe(`process ${process.pid} on ${host}`)
      await makeOld()
      const lock = await tryLock(path)
      expect(lock).toHaveProperty('release')
      if (typeof lock !== 'string') await lock.release()
    }
  })

  it('waits out a half-written file', async () => {
    await writeFile(path, '{"tok')
    expect(typeof (await tryLock(path))).toBe('string')
    await makeOld()
    expect(await tryLock(path)).toHaveProperty('release')
  })

  it('does not remove a lock that somebody took over', async () => {
    const lock = await tryLock(path)
    if (typeof lock === 'string') throw new Error(lock)
    await writeHolder(process.pid, hostname())
    await lock.release()
    expect(await readdir(dir)).toEqual(['lock'])
  })
})

describe('acquireLock', () => {
  it('lets in one after the other', async () => {
    let inside = 0
    let most = 0
    const turns = Array.from({ length: 5 }, async () => {
      const lock = await acquireLock(path)
      inside++
      most = Math.max(most, inside)
      await readdir(dir)
      inside--
      await lock.release()
    })
    await Promise.all(turns)
    expect(most).toBe(1)
  })

  it('tells whom it waits for, once, and stops waiting when aborted', async () => {
    await tryLock(path)
    const told: string[] = []
    const abort = new AbortController()
    const waiting = acquireLock(path, {
      signal: abort.signal,
      onWait: (holder) => {
        told.push(holder)
        abort.abort(new Error('enough'))
      },
    })
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
    expect(told).toEqual([`process ${process.pid} on ${hostname()}`])
  })
})
