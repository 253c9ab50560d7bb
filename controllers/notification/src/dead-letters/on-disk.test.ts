// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import type { DeadLetter } from './dead-letters.ts'
import { deadLettersOnDisk } from './on-disk.ts'

const provider = { namespace: 'apps', name: 'hook' }
let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dead-letters-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

function letter(key: string, second: number): DeadLetter {
  const event = {
    involvedObject: { kind: 'Kustomization', namespace: 'apps', name: key },
    severity: 'error' as const,
    ...{ timestamp: '', message: 'no', reason: 'BuildFailed', reportingController: 'c' },
  }
  const at = `2026-01-01T00:00:0${second}.000Z`
  return { key, provider, alert: { namespace: 'apps', name: 'all' }, event, error: 'refused', at }
}

it('keeps letters by time, the newest of each message, and no more than its bound', async () => {
  const letters = deadLettersOnDisk(root, 2)
  for (const each of [letter('a', 1), letter('b', 2), letter('a', 3), letter('a', 3)]) await letters.put(each)
  expect(await letters.list(provider)).toEqual([letter('b', 2), letter('a', 3)])
  await letters.put(letter('c', 4))
  expect(await letters.list(provider)).toEqual([letter('a', 3), letter('c', 4)])
  await letters.remove(letter('a', 3))
  expect(await letters.count(provider)).toBe(1)
  expect(await letters.count({ namespace: 'apps', name: 'other' })).toBe(0)
})
