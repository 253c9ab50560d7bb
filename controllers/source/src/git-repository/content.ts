// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import { ignoreMatcher, sourceIgnoreFile, turns } from '@tidelock/archive'
import type { ArchiveEntries, ArchiveEntry, Ignored } from '@tidelock/archive'
import { CodedError, errorMessage } from '@tidelock/errors'
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
/** They are in memory all at once, and one object of Git may be a thousand files. */
const maxIgnoreBytes = 4 * maxIgnoreFileBytes

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
  const sourceIgnoreFiles = await readIgnoreFiles(tree, signal)
  return selectEntries(tree.entries({ signal }), matcher(sourceIgnoreFiles, specIgnore))
}

function matcher(sourceIgnoreFiles: ReadonlyMap<string, string>, specIgnore: string | undefined): Ignored {
  try {
    return ignoreMatcher({ sourceIgnoreFiles, ...(specIgnore === undefined ? {} : { specIgnore }) })
  } catch (cause) {
    throw unusable(errorMessage(cause))
  }
}

function unusable(why: string): ContentError {
  return new ContentError('SourceIgnoreError', `failed to load source ignore patterns from repository: ${why}`)
}

async function* selectEntries(tree: AsyncIterable<ContentEntry>, ignored: Ignored): AsyncGenerator<ArchiveEntry> {
  let current: readonly string[] = []
  const others = turns(ignored)
  for await (const entry of tree) {
    await others()
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
  let bytes = 0
  for await (const entry of tree.entries({ signal })) {
    if (posix.basename(entry.path) !== sourceIgnoreFile || !isRegular(entry)) continue
    if (entry.size > maxIgnoreFileBytes) {
      throw unusable(`${entry.path} has ${entry.size} bytes, the limit is ${maxIgnoreFileBytes}`)
    }
    bytes += entry.size
    if (bytes > maxIgnoreBytes) {
      throw unusable(`the files ${sourceIgnoreFile} have together ${bytes} bytes, the limit is ${maxIgnoreBytes}`)
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
