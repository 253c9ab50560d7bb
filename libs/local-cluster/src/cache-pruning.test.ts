// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pruneCache } from './cache-pruning.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const NOW = Date.UTC(2026, 10, 1)

describe('pruneCache', () => {
  it('removes long unused builds and old leftovers, and nothing else', async () => {
    const root = await mkdtemp(join(tmpdir(), 'tidelock-prune-'))
    try {
      const folder = async (name: string, ageDays: number): Promise<string> => {
        await mkdir(join(root, name))
        await writeFile(join(root, name, 'file'), '')
        const then = new Date(NOW - ageDays * DAY_MS)
        await utimes(join(root, name), then, then)
        return name
      }
      const kept = await folder('a'.repeat(24), 99)
      await folder('b'.repeat(24), 31)
      const used = await folder('c'.repeat(24), 29)
      await folder('.build-old', 2)
      const running = await folder('.build-new', 0.5)
      const foreign = await folder('something-else', 99)
      await pruneCache(root, kept, NOW)
      expect((await readdir(root)).sort()).toEqual([kept, used, running, foreign].sort())
    } finally {
      await rm(root, { recursive: true })
    }
  })
})
