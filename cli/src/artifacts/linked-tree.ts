// SPDX-License-Identifier: Apache-2.0
import { readFile, readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { comparePaths } from '@tidelock/archive'
import type { ArchiveEntry, Ignored } from '@tidelock/archive'
import { errorMessage } from '@tidelock/errors'
import { CliError } from '../errors.ts'

/**
 * A directory with what its symbolic links point to in their place, wherever that is. A link to a directory that it is itself in is
 * left empty. Throws UsageInvalid for a link to nothing.
 */
export async function* readLinkedTree(
  directory: string,
  ignored: Ignored,
  signal: AbortSignal,
): AsyncGenerator<ArchiveEntry> {
  const walk = async function* (path: string, place: string, above: ReadonlySet<string>): AsyncGenerator<ArchiveEntry> {
    signal.throwIfAborted()
    const real = await realpath(place)
    if (above.has(real)) return
    const chain = new Set([...above, real])
    const children = await Promise.all((await readdir(place)).map((name) => toChild(path, place, name)))
    for (const child of children.toSorted((one, two) => comparePaths(one.key, two.key))) {
      if (child.isDirectory) {
        if (!ignored(child.path, true)) yield { path: child.path, directory: true }
        yield* walk(child.path, child.place, chain)
      } else if (child.isFile && !ignored(child.path, false)) {
        yield { path: child.path, mode: child.mode, content: await readFile(child.place) }
      }
    }
  }
  yield* walk('', directory, new Set())
}

interface Child {
  readonly path: string
  readonly key: string
  readonly place: string
  readonly mode: number
  readonly isDirectory: boolean
  readonly isFile: boolean
}

async function toChild(parent: string, directory: string, name: string): Promise<Child> {
  const path = parent === '' ? name : `${parent}/${name}`
  const place = join(directory, name)
  try {
    const info = await stat(place)
    const isDirectory = info.isDirectory()
    return { path, key: isDirectory ? `${path}/` : path, place, mode: info.mode, isDirectory, isFile: info.isFile() }
  } catch (cause) {
    const message = `resolving symlinks failed: ${place}: ${errorMessage(cause)}`
    throw new CliError('UsageInvalid', `--resolve-symlinks: ${message}`, { cause })
  }
}
