// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect } from '@jest/globals'
import type { Artifact } from '@tidelock/api'
import { indexDigest, parseIndex, unpackArchive } from '@tidelock/archive'

/**
 * Downloads an artifact as a consumer does, checks digest, size, layout and the index beside it, and answers its files by
 * path.
 */
export async function downloadArtifact(artifact: Artifact): Promise<Record<string, string>> {
  const bytes = await download(artifact.url)
  expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(artifact.digest)
  expect(artifact.size).toBe(bytes.length)
  expect(new URL(artifact.url).pathname).toBe(`/${artifact.path}`)
  const index = parseIndex(await download(`${artifact.url}.index.json`))
  expect(artifact.metadata).toEqual({ 'tidelock.dev/index': indexDigest(index) })
  const directory = await mkdtemp(join(tmpdir(), 'artifact-'))
  try {
    expect(await unpackArchive(Readable.from([bytes]), directory)).toEqual(index)
    const files = index.files.map(async ({ path }) => [path, await readFile(join(directory, path), 'utf8')] as const)
    return Object.fromEntries(await Promise.all(files))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url)
  if (response.status !== 200) throw new Error(`GET ${url}: ${response.status}`)
  return Buffer.from(await response.arrayBuffer())
}
