// SPDX-License-Identifier: Apache-2.0
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { sourceIgnoreFile } from './matcher.ts'

/**
 * The text of every `.sourceignore` below a directory, by the directory that holds it, for `ignoreMatcher`. `.git` is not
 * entered, links are not followed.
 */
export async function readSourceIgnoreFiles(directory: string, signal?: AbortSignal): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const walk = async (path: string): Promise<void> => {
    signal?.throwIfAborted()
    for (const entry of await readdir(join(directory, path), { withFileTypes: true })) {
      const child = path === '' ? entry.name : `${path}/${entry.name}`
      if (entry.isDirectory() && entry.name !== '.git') await walk(child)
      else if (entry.isFile() && entry.name === sourceIgnoreFile) {
        found.set(path, await readFile(join(directory, child), 'utf8'))
      }
    }
  }
  await walk('')
  return found
}
