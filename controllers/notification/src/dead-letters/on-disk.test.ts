// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import type { DeadLetter, LetterOwner } from './dead-letters.ts'
import { DeadLettersOnDisk } from './on-disk.ts'

const hook: LetterOwner = { namespace: 'apps', name: 'hook', uid: 'uid-1' }
const block = 4096
let root: string
let dropped: string[]
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dead-letters-'))
  dropped = []
})
afterEach(() => rm(root, { recursive: true, force: true }))

function open(maxBytes = 1 << 20, maxLetters = 1000): DeadLettersOnDisk {
  return new DeadLettersOnDisk({ root, maxBytes, maxLetters, onDropped: (uid) => void dropped.push(uid) })
}

function letter(key: string, second: number, provider = hook): DeadLetter {
  const event = {
    involvedObject: { kind: 'Kustomization', namespace: 'apps', name: key },
    severity: 'error' as const,
    ...{ timestamp: '', message: 'no', reason: 'BuildFailed', reportingController: 'c' },
  }
  const at = `2026-01-01T00:00:0${second}.000Z`
  return { key, provider, alert: { namespace: 'apps', name: 'all' }, event, code: 'Refused', error: 'refused', at }
}

it('keeps letters by time, the newest of each message, and no more than its bound', async () => {
  const letters = open(1 << 20, 2)
  for (const each of [letter('a', 1), letter('b', 2), letter('a', 3), letter('a', 3)]) await letters.put(each)
  expect(await letters.list(hook)).toEqual([letter('b', 2), letter('a', 3)])
  expect(dropped).toEqual([])
  await letters.put(letter('c', 4))
  expect(await letters.list(hook)).toEqual([letter('a', 3), letter('c', 4)])
  expect(await letters.list(hook, 1)).toEqual([letter('c', 4)])
  expect(dropped).toEqual(['uid-1'])
  await letters.remove(letter('a', 3))
  expect(await letters.count(hook)).toBe(1)
  expect(await letters.count({ ...hook, uid: 'uid-2' })).toBe(0)
})

it('bounds the space of all Providers together', async () => {
  const letters = open(3 * block)
  const other = { namespace: 'web', name: 'hook', uid: 'uid-2' }
  await letters.put(letter('o', 1, other))
  await Promise.all([2, 3, 4, 5].map((second) => letters.put(letter(`h${second}`, second))))
  expect(letters.stats()).toEqual({ letters: 3, bytes: 3 * block })
  expect(await letters.list(other)).toEqual([letter('o', 1, other)])
  expect(await letters.list(hook)).toEqual([letter('h4', 4), letter('h5', 5)])
  expect(dropped).toEqual(['uid-1', 'uid-1'])
})

it('finds its letters again, by a lower bound too, and clears what a crash left', async () => {
  const before = open()
  await Promise.all([letter('a', 1), letter('b', 2), letter('c', 3)].map((each) => before.put(each)))
  await writeFile(join(root, 'apps.uid-1', 'half.json.tmp'), '{')
  const after = open(2 * block)
  expect(await after.list(hook)).toEqual([letter('b', 2), letter('c', 3)])
  expect(await readdir(join(root, 'apps.uid-1'))).toHaveLength(2)
  expect(dropped).toEqual(['uid-1'])
})

it('removes letters of Providers that are gone, also of those that went while nobody looked', async () => {
  const again = { ...hook, uid: 'uid-2' }
  const before = open()
  await before.put(letter('a', 1))
  await before.put(letter('b', 2, again))
  const after = open()
  expect(await after.retain((uid) => uid === 'uid-2')).toEqual(['uid-2'])
  expect(await readdir(root)).toEqual(['apps.uid-2'])
  expect(await after.list(again)).toEqual([letter('b', 2, again)])
  expect(after.stats()).toEqual({ letters: 1, bytes: block })
})

it('goes on after a disk that refused', async () => {
  const letters = open()
  await writeFile(join(root, 'apps.uid-1'), 'in the way')
  await expect(letters.put(letter('a', 1))).rejects.toThrow('EEXIST')
  await rm(join(root, 'apps.uid-1'))
  await letters.put(letter('a', 1))
  expect(await letters.count(hook)).toBe(1)
})
