// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { CheckOuts } from './check-outs.ts'

let root: string
beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'check-outs-')), 'kept')
})
afterEach(() => rm(join(root, '..'), { recursive: true, force: true }))

/** Fills a directory of so many bytes and counts how often. */
function loader(bytes: number) {
  const loads: string[] = []
  const load = async (directory: string): Promise<number> => {
    loads.push(directory)
    await mkdir(directory)
    await writeFile(join(directory, 'a'), 'x')
    return bytes
  }
  return { load, loads }
}

it('one load serves all who ask, at the same time and later', async () => {
  const checkOuts = await CheckOuts.open(root, 100)
  const { load, loads } = loader(10)
  const all = await Promise.all(['k', 'k', 'k'].map((key) => checkOuts.acquire(key, load)))
  const later = await checkOuts.acquire('k', load)
  expect(loads).toHaveLength(1)
  expect(new Set([...all, later].map(({ directory }) => directory)).size).toBe(1)
  expect(await readdir(later.directory)).toEqual(['a'])
})

it('a load that fails fails who asked for it alone, and leaves nothing', async () => {
  const checkOuts = await CheckOuts.open(root, 100)
  const { load } = loader(10)
  const failing = async (directory: string): Promise<number> => {
    await load(directory)
    throw new Error('aborted')
  }
  const [first, second] = await Promise.allSettled([checkOuts.acquire('k', failing), checkOuts.acquire('k', load)])
  expect([first.status, second.status]).toEqual(['rejected', 'fulfilled'])
  expect(await readdir(root)).toHaveLength(1)
})

it('beyond the bound the least recently used goes, and never one in use', async () => {
  const checkOuts = await CheckOuts.open(root, 25)
  const { load, loads } = loader(10)
  const held = await checkOuts.acquire('held', load)
  for (const key of ['a', 'b', 'c']) (await checkOuts.acquire(key, load)).release()
  expect(await readdir(held.directory)).toEqual(['a'])
  expect(loads).toHaveLength(4)
  for (const key of ['held', 'c']) (await checkOuts.acquire(key, load)).release()
  expect(loads).toHaveLength(4)
  ;(await checkOuts.acquire('a', load)).release()
  expect(loads).toHaveLength(5)
})

it('what an earlier process left is removed', async () => {
  await mkdir(join(root, 'old'), { recursive: true })
  await CheckOuts.open(root, 100)
  expect(await readdir(root)).toEqual([])
})
