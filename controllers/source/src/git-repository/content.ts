// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import { ignoreMatcher, sourceIgnoreFile } from '@tidelock/archive'
import type { ArchiveEntries, ArchiveEntry, Ignored } from '@tidelock/archive'
import { CodedError } from '@tidelock/errors'
import { isDirectory, isRegular } from './entry-mode.ts'

/** A file, directory, symlink or submodule; modes are Git's. */
export interface ContentEntry {
  /** Relative to the root, with slashes. */
  readonly path: string
  readonly mode: number
  readonly size: number
  /** Whole, or piece by piece when it is large. */
  content(): Promise<Uint8Array | AsyncIterable<Uint8Array>>
}

/** What an artifact is made of: a commit's tree, or what was made of it. */
export interface Content {
  /** Sorted by the bytes of the paths, directories as if they ended with a slash. May be called again. */
  entries(options?: { readonly signal?: AbortSignal }): AsyncIterable<ContentEntry>
}

/** A `.sourceignore` is a list of patterns; what is larger is not one. */
const maxIgnoreFileBytes = 1024 * 1024

/** Why the files of a tree cannot be told apart from what is to be ignored. */
export class ContentError extends CodedError<'SourceIgnoreError'> {}

/**
 * What belongs into the artifact of a tree: regular files that no rule ignores (api-source, "Ignore rules"), and the
 * directories of the tree, also when nothing in them is left. Symlinks and submodules are left out, as Flux does.
 * Throws ContentError.
 */
export async function selectContent(
  tree: Content,
  specIgnore: string | undefined,
  signal: AbortSignal,
): Promise<ArchiveEntries> {
  const ignored = ignoreMatcher({
    sourceIgnoreFiles: await readIgnoreFiles(tree, signal),
    ...(specIgnore === undefined ? {} : { specIgnore }),
  })
  return selectEntries(tree.entries({ signal }), ignored)
}

async function* selectEntries(tree: AsyncIterable<ContentEntry>, ignored: Ignored): AsyncGenerator<ArchiveEntry> {
  let current: readonly string[] = []
  for await (const entry of tree) {
    const parts = entry.path.split('/')
    const directory = isDirectory(entry) ? parts : parts.slice(0, -1)
    yield* enterDirectories(current, directory, ignored)
    current = directory
    if (!isRegular(entry) || ignored(entry.path, false)) continue
    const { path, mode, size } = entry
    yield { path, mode, size, content: () => entry.content() }
  }
}

/** The directories on the way to `to` that the way to `from` did not lead through. */
function* enterDirectories(from: readonly string[], to: readonly string[], ignored: Ignored): Generator<ArchiveEntry> {
  let depth = 0
  while (depth < to.length && to[depth] === from[depth]) depth++
  for (; depth < to.length; depth++) {
    const path = to.slice(0, depth + 1).join('/')
    if (!ignored(path, true)) yield { path, directory: true }
  }
}

async function readIgnoreFiles(tree: Content, signal: AbortSignal): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for await (const entry of tree.entries({ signal })) {
    if (posix.basename(entry.path) !== sourceIgnoreFile || !isRegular(entry)) continue
    if (entry.size > maxIgnoreFileBytes) {
      throw new ContentError(
        'SourceIgnoreError',
        `failed to load source ignore patterns from repository: ${entry.path} has ${entry.size} bytes, the limit is ${maxIgnoreFileBytes}`,
      )
    }
    const directory = posix.dirname(entry.path)
    files.set(directory === '.' ? '' : directory, await readText(entry))
  }
  return files
}

async function readText(entry: ContentEntry): Promise<string> {
  const content = await entry.content()
  const chunks = content instanceof Uint8Array ? [content] : await Array.fromAsync(content)
  return Buffer.concat(chunks).toString('utf8')
}
