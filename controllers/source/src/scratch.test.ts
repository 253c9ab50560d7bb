// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { openScratch } from './scratch.ts'

let root: string
const startedMs = Date.UTC(2026, 0, 1)
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'scratch-'))
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

it('makes a directory of its own and removes it', async () => {
  const owner = { name: 'fetch', pid: process.pid, startedMs }
  const one = await openScratch(root, owner)
  await writeFile(join(one.directory, 'pack'), 'x')
  const two = await openScratch(root, owner)
  expect(await readdir(one.directory)).toEqual(['pack'])
  await one[Symbol.asyncDispose]()
  await two[Symbol.asyncDispose]()
  expect(await readdir(root)).toEqual([])
})

it('removes what dead processes left, and nothing else', async () => {
  const dead = spawn(process.execPath, ['-e', ''])
  await once(dead, 'exit')
  const kept = [`fetch-${process.ppid}-alive`, 'fetch-other', 'other-1-x', `fetch-${process.pid}-live`]
  const abandoned = [`fetch-${dead.pid}-abc`, `fetch-${process.pid}-before`]
  for (const name of [...kept, ...abandoned]) await mkdir(join(root, name))
  await utimes(join(root, `fetch-${process.pid}-before`), startedMs / 1000 - 1, startedMs / 1000 - 1)
  await using scratch = await openScratch(root, { name: 'fetch', pid: process.pid, startedMs })
  const left = (await readdir(root)).filter((name) => join(root, name) !== scratch.directory)
  expect(left.sort()).toEqual([...kept].sort())
})
