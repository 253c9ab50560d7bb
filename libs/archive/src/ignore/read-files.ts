// SPDX-License-Identifier: Apache-2.0
import { lstat, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ArchiveError } from '../errors.ts'
import { sourceIgnoreFile } from './matcher.ts'

/** A `.sourceignore` is a list of patterns; what is larger is not one. */
const maxFileBytes = 1024 * 1024
/** They are in memory all at once. */
const maxBytes = 4 * maxFileBytes

/**
 * The text of every `.sourceignore` below a directory, by the directory that holds it, for `ignoreMatcher`. `.git` is not
 * entered, links are not followed. Throws `LimitExceeded` for a file of more than 1 MiB,
 * and for more than 4 MiB together.
 */
export async function readSourceIgnoreFiles(directory: string, signal?: AbortSignal): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  let bytes = 0
  const walk = async (path: string): Promise<void> => {
    signal?.throwIfAborted()
    for (const entry of await readdir(join(directory, path), { withFileTypes: true })) {
      const child = path === '' ? entry.name : `${path}/${entry.name}`
      if (entry.isDirectory() && entry.name !== '.git') await walk(child)
      else if (entry.isFile() && entry.name === sourceIgnoreFile) {
        bytes += await checkSize(join(directory, child), child)
        if (bytes > maxBytes) throw tooLarge(`the files ${sourceIgnoreFile} have together`, bytes, maxBytes)
        found.set(path, await readFile(join(directory, child), 'utf8'))
      }
    }
  }
  await walk('')
  return found
}

async function checkSize(file: string, path: string): Promise<number> {
  const { size } = await lstat(file)
  if (size <= maxFileBytes) return size
  throw tooLarge(`${path} has`, size, maxFileBytes)
}

function tooLarge(what: string, size: number, limit: number): ArchiveError {
  return new ArchiveError('LimitExceeded', `${what} ${size} bytes, the limit is ${limit}`, { details: { limit } })
}
