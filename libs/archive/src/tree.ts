// SPDX-License-Identifier: Apache-2.0
import type { Dirent } from 'node:fs'
import { createReadStream } from 'node:fs'
import { lstat, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Ignored } from './ignore/matcher.ts'
import { comparePaths, parentsOf } from './paths.ts'
import type { ArchiveDirectory, ArchiveEntries, ArchiveEntry, ArchiveFile } from './types.ts'

/** Which part of a directory to read. */
export interface ReadTreeOptions {
  /** What to leave out. Default nothing. */
  readonly ignored?: Ignored
  readonly signal?: AbortSignal
}

/** Files up to this size are read whole. */
const wholeFileBytes = 1024 * 1024

/**
 * The files and directories below a directory, in the order that `writeArchive` wants. Links and everything else that is no
 * regular file are left out. An ignored directory is still walked, because a later pattern may take back what it holds.
 */
export async function* readTree(directory: string, options: ReadTreeOptions = {}): AsyncGenerator<ArchiveEntry> {
  const { ignored = () => false, signal } = options
  const others = turns(ignored)
  const walk = async function* (path: string): AsyncGenerator<ArchiveEntry> {
    signal?.throwIfAborted()
    const children = await readdir(join(directory, path), { withFileTypes: true })
    for (const child of children
      .map((each) => toChild(path, each))
      .sort((one, two) => comparePaths(one.key, two.key))) {
      await others()
      if (child.isDirectory) {
        if (!ignored(child.path, true)) yield { path: child.path, directory: true }
        yield* walk(child.path)
      } else if (child.isFile && !ignored(child.path, false)) {
        yield await readEntry(directory, child.path)
      }
    }
  }
  yield* walk('')
}

/** Comparisons with a pattern after which others have their turn: some tens of milliseconds. */
const comparisonsAtOnce = 10_000

/** To be awaited before a path is judged: others have their turn when it has been many comparisons. */
export function turns(ignored: Ignored & { readonly patterns?: number }): () => Promise<void> {
  let comparisons = 0
  return async () => {
    comparisons += ignored.patterns ?? 1
    if (comparisons < comparisonsAtOnce) return
    comparisons = 0
    await setImmediate()
  }
}

interface Child {
  readonly path: string
  /** What the path sorts by: directories as if they ended with a slash. */
  readonly key: string
  readonly isDirectory: boolean
  readonly isFile: boolean
}

function toChild(parent: string, entry: Dirent): Child {
  const path = parent === '' ? entry.name : `${parent}/${entry.name}`
  const isDirectory = entry.isDirectory()
  return { path, key: isDirectory ? `${path}/` : path, isDirectory, isFile: entry.isFile() }
}

async function readEntry(directory: string, path: string): Promise<ArchiveFile> {
  const file = join(directory, path)
  const { mode, size } = await lstat(file)
  if (size <= wholeFileBytes) return { path, mode, content: await readFile(file) }
  return { path, mode, size, content: createReadStream(file) }
}

/**
 * Leaves out what is ignored, from entries that come from elsewhere (a Git tree). Keeps the directories of ignored files where
 * they are not ignored themselves, as Flux does.
 */
export async function* filterEntries(entries: ArchiveEntries, ignored: Ignored): AsyncGenerator<ArchiveEntry> {
  const seen = new Set<string>()
  for await (const entry of entries) {
    for (const directory of missingDirectories(entry, seen)) if (!ignored(directory.path, true)) yield directory
    if (!('directory' in entry) && !ignored(entry.path, false)) yield entry
  }
}

function* missingDirectories(entry: ArchiveEntry, seen: Set<string>): Generator<ArchiveDirectory> {
  const own = 'directory' in entry ? [entry.path] : []
  for (const path of [...parentsOf(entry.path), ...own]) {
    if (seen.has(path)) continue
    seen.add(path)
    yield { path, directory: true }
  }
}
