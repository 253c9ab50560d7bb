// SPDX-License-Identifier: Apache-2.0
import { open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { hasCode } from '@tidelock/errors'
import { ArtifactError } from '../errors.ts'
import { isTemporaryName, temporaryName } from '../names.ts'

/**
 * Writes a file so that its path always holds either what was there before or the whole new file, also after a crash: `write`
 * fills (and flushes) a temporary file beside it, which then takes its place. On an error nothing is left behind.
 * Throws `NoSpace` when the disk is full; other errors pass through.
 */
export async function writeAtomically<T>(path: string, write: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = join(dirname(path), temporaryName(basename(path)))
  try {
    const result = await write(temporary)
    await rename(temporary, path)
    await flushDirectory(dirname(path))
    return result
  } catch (error) {
    await rm(temporary, { force: true })
    if (!hasCode(error, 'ENOSPC')) throw error
    throw new ArtifactError(
      'NoSpace',
      `no space left to write ${basename(path)}: enlarge the volume of the artifact storage`,
      {
        cause: error,
      },
    )
  }
}

/** Makes the names in a directory survive a power loss. */
async function flushDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes what a crash left half written, down to the depth of the store's files. */
export async function removeTemporaryFiles(directory: string, depth: number = 3): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory() && depth > 0) await removeTemporaryFiles(path, depth - 1)
    else if (entry.isFile() && isTemporaryName(entry.name)) await rm(path, { force: true })
  }
}
