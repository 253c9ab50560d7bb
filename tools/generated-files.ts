// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

/** One source of generated files. */
export interface Generator {
  readonly name: string
  /** Directories (relative to the root) that hold nothing else: what is in them and not generated is removed. */
  readonly owns: readonly string[]
  /** Files in these directories that people write. */
  readonly keeps?: readonly string[]
  /** Paths relative to the root, with their text. The same code gives the same bytes. */
  run(): ReadonlyMap<string, string> | Promise<ReadonlyMap<string, string>>
}

/** A file that is not as it would be generated. Without a text it is to be removed. */
export interface Change {
  readonly generator: string
  readonly path: string
  readonly kind: 'created' | 'updated' | 'removed'
  readonly text?: string
}

/** What would have to change below the root for the tree to be as the generators make it. Writes nothing. */
export async function changesOf(root: string, generators: readonly Generator[]): Promise<Change[]> {
  const changes: Change[] = []
  for (const source of generators) {
    const { name: generator, owns, keeps = [] } = source
    const files = await source.run()
    for (const [path, text] of files) {
      const current = await readIfPresent(join(root, path))
      if (current !== text) changes.push({ generator, path, text, kind: current === undefined ? 'created' : 'updated' })
    }
    for (const path of await listFiles(root, owns)) {
      if (!files.has(path) && !keeps.includes(path)) changes.push({ generator, path, kind: 'removed' })
    }
  }
  return changes
}

/** Makes one change. */
export async function applyChange(root: string, { path, text }: Change): Promise<void> {
  const target = join(root, path)
  if (text === undefined) return rm(target)
  await mkdir(dirname(target), { recursive: true })
  await writeFile(target, text)
}

async function readIfPresent(path: string): Promise<string | undefined> {
  return absentIsUndefined(readFile(path, 'utf8'))
}

async function listFiles(root: string, directories: readonly string[]): Promise<string[]> {
  const paths: string[] = []
  for (const directory of directories) {
    const entries = await absentIsUndefined(readdir(join(root, directory), { withFileTypes: true, recursive: true }))
    for (const entry of entries ?? []) {
      if (!entry.isDirectory()) paths.push(relative(root, join(entry.parentPath, entry.name)))
    }
  }
  return paths.sort()
}

async function absentIsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
