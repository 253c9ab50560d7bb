// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { applyChange, changesOf } from './generated-files.ts'
import type { Generator } from './generated-files.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidelock-generate-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

const generator: Generator = {
  name: 'sample',
  owns: ['out', 'not/there'],
  keeps: ['out/by-hand.txt'],
  run: () =>
    new Map([
      ['out/a.txt', 'a'],
      ['out/deep/b.txt', 'b'],
      ['README.md', 'table'],
    ]),
}
const list = async () => (await changesOf(root, [generator])).map(({ path, kind }) => `${path} ${kind}`)

it('creates, updates and removes until nothing is left to change', async () => {
  await mkdir(join(root, 'out'))
  await writeFile(join(root, 'out/a.txt'), 'old')
  await writeFile(join(root, 'out/stale.txt'), 'x')
  await writeFile(join(root, 'own.txt'), 'mine')
  await writeFile(join(root, 'out/by-hand.txt'), 'mine')
  expect(await list()).toEqual([
    'out/a.txt updated',
    'out/deep/b.txt created',
    'README.md created',
    'out/stale.txt removed',
  ])
  expect(await readFile(join(root, 'out/a.txt'), 'utf8')).toBe('old')
  for (const change of await changesOf(root, [generator])) await applyChange(root, change)
  expect(await list()).toEqual([])
  expect(await readFile(join(root, 'out/deep/b.txt'), 'utf8')).toBe('b')
  expect(await readFile(join(root, 'own.txt'), 'utf8')).toBe('mine')
})
