// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ArtifactIndex } from '@tidelock/archive'
import { Copies } from './copies.ts'

const name = 'sha256-00'
const index: ArtifactIndex = { version: 1, files: [], directories: ['dir'] }
const { signal } = new AbortController()
let root: string
let copies: Copies
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'copies-'))
  copies = new Copies(root, 0)
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

async function fill(...directories: readonly string[]): Promise<string> {
  const scratch = await copies.scratch()
  for (const directory of directories) await mkdir(join(scratch, directory))
  return scratch
}

/** Lets another process begin to use the copy right after the first look. */
function usedBetween(): void {
  let looks = 0
  copies.markers.isUsedElsewhere = () => Promise.resolve((looks += 1) > 1)
}

describe('Copies.remove', () => {
  it('puts a copy back that another process began to use meanwhile', async () => {
    await copies.publish(await fill('dir'), name, index, signal)
    usedBetween()
    expect(await copies.remove(name)).toBe(false)
    expect((await readdir(root)).sort()).toEqual([name, `${name}.index.json`])
    expect(await copies.adopt(name, signal)).toMatchObject({ name, index })
  })
  it('leaves alone what another process is still making', async () => {
    usedBetween()
    expect(await copies.remove(name)).toBe(false)
    expect(await readdir(root)).toEqual([])
  })
  it('removes a copy with its index', async () => {
    await copies.publish(await fill('dir'), name, index, signal)
    expect(await copies.remove(name)).toBe(true)
    expect(await readdir(root)).toEqual([])
  })
})

describe('Copies.publish', () => {
  it('keeps the copy that was there first', async () => {
    await copies.publish(await fill('dir'), name, index, signal)
    await copies.publish(await fill('dir'), name, index, signal)
    expect((await readdir(root)).sort()).toEqual([name, `${name}.index.json`])
  })
  it('does not take a damaged copy of another process for a good one', async () => {
    await copies.publish(await fill('dir'), name, index, signal)
    await writeFile(join(root, name, 'evil'), '')
    await expect(copies.publish(await fill('dir'), name, index, signal)).rejects.toMatchObject({ code: 'FetchFailed' })
  })
})
