// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { ignoreMatcher, readSourceIgnoreFiles } from '@tidelock/archive'
import { CliError } from '../errors.ts'

/** A directory of this machine that stands for `spec.path` of an artifact. */
export interface LocalDirectory {
  /** What may be read: the work tree of Git around it, else everything, as with `flux build`. */
  readonly root: string
  /** The directory, relative to the root. */
  readonly path: string
  /** Files and directories below it, relative to the root, that are left out. */
  readonly ignored: readonly string[]
}

/**
 * Looks at a directory: what surrounds it, and what its `.sourceignore` files and the given patterns leave out. Throws `UsageInvalid`
 * when it is no directory.
 */
export async function openLocalDirectory(
  directory: string,
  ignorePaths: readonly string[],
  signal: AbortSignal,
): Promise<LocalDirectory> {
  const found = await stat(directory).catch(() => undefined)
  if (found?.isDirectory() !== true) throw new CliError('UsageInvalid', `invalid resource path "${directory}"`)
  const real = await realpath(directory)
  const root = workTreeOf(real)
  const path = relative(root, real) || '.'
  const matches = ignoreMatcher({
    sourceIgnoreFiles: await readSourceIgnoreFiles(real, signal),
    specIgnore: ignorePaths.join('\n'),
  })
  const ignored: string[] = []
  const walk = async (below: string): Promise<void> => {
    signal.throwIfAborted()
    for (const entry of await readdir(join(real, below), { withFileTypes: true })) {
      const child = below === '' ? entry.name : `${below}/${entry.name}`
      const isDirectory = entry.isDirectory()
      if (matches(child, isDirectory)) ignored.push(path === '.' ? child : `${path}/${child}`)
      if (isDirectory && entry.name !== '.git') await walk(child)
    }
  }
  await walk('')
  return { root, path, ignored }
}

function workTreeOf(directory: string): string {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, '.git')) || dirname(at) === at) return at
  }
}
