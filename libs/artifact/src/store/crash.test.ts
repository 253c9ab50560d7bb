// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { systemClock } from '@tidelock/api'
import { unpackArchive } from '@tidelock/archive'
import { ArtifactStore } from '../index.ts'

const script = fileURLToPath(new URL('../../testdata/write-forever.ts', import.meta.url))
let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'crash-'))
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

async function writeUntilKilled(afterFiles: number): Promise<void> {
  const child = spawn(process.execPath, ['--conditions=source', script, root], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  let files = 0
  for await (const dots of child.stdout) {
    files += (dots as Buffer).length
    if (files >= afterFiles) child.kill('SIGKILL')
  }
  await closed
}

describe('a store whose process is killed', () => {
  it('holds the old or the new file, whole, and is clean once opened again', async () => {
    const directory = join(root, 'gitrepository/ns/app')
    let interrupted = 0
    for (let round = 0; round < 5; round += 1) {
      // past the first archive, at another point of a later one each time
      await writeUntilKilled(25 + round * 9)
      interrupted += (await readdir(directory)).filter((name) => name.endsWith('.tmp')).length > 0 ? 1 : 0
      await ArtifactStore.open({ root, advertisedAddress: 'localhost', clock: systemClock })
      expect((await readdir(directory)).sort()).toEqual(['rev.tar.gz', 'rev.tar.gz.index.json'])
      const target = await mkdtemp(join(tmpdir(), 'crash-out-'))
      const { files } = await unpackArchive(createReadStream(join(directory, 'rev.tar.gz')), target)
      await rm(target, { recursive: true })
      expect(files.length).toBe(20)
      expect(new Set(files.map(({ sha256 }) => sha256)).size).toBe(1)
    }
    expect(interrupted).toBeGreaterThan(1)
  })
})
