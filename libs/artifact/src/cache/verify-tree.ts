// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { ArtifactIndex } from '@tidelock/archive'
import { readTree } from '@tidelock/archive'
import { codeOf } from '@tidelock/errors'

/** Whether a directory holds just what an index says, by the digest of every file. */
export async function holdsTree(directory: string, index: ArtifactIndex, signal: AbortSignal): Promise<boolean> {
  const files = new Map(index.files.map((file) => [file.path, file.sha256]))
  const directories = new Set(index.directories)
  try {
    for await (const entry of readTree(directory, { signal })) {
      if ('directory' in entry) {
        if (!directories.delete(entry.path)) return false
        continue
      }
      const expected = files.get(entry.path)
      if (expected === undefined || expected !== (await digestOf(`${directory}/${entry.path}`))) return false
      files.delete(entry.path)
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
  return files.size === 0 && directories.size === 0
}

async function digestOf(file: string): Promise<string> {
  const digest = createHash('sha256')
  for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) digest.update(chunk)
  return digest.digest('hex')
}
