// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import { ignoreMatcher, sourceIgnoreFile } from '@tidelock/archive'
import type { ArchiveEntries, ArchiveFile } from '@tidelock/archive'
import type { GitTree, GitTreeEntry } from '@tidelock/git'

const fileType = 0o170000
const regularFile = 0o100000
/** A `.sourceignore` is a list of patterns; what is larger is not one. */
const maxIgnoreFileBytes = 1024 * 1024

/**
 * The files of a tree that belong into its artifact: regular files that no rule ignores (api-source, "Ignore rules");
 * symlinks and submodules are left out, as Flux does.
 */
export async function selectContent(
  tree: GitTree,
  specIgnore: string | undefined,
  signal: AbortSignal,
): Promise<ArchiveEntries> {
  const ignored = ignoreMatcher({
    sourceIgnoreFiles: await readIgnoreFiles(tree, signal),
    ...(specIgnore === undefined ? {} : { specIgnore }),
  })
  return (async function* files(): AsyncGenerator<ArchiveFile> {
    for await (const entry of tree.entries({ signal })) {
      if (!isRegular(entry) || ignored(entry.path, false)) continue
      yield { path: entry.path, mode: entry.mode, size: entry.size, content: await entry.content() }
    }
  })()
}

async function readIgnoreFiles(tree: GitTree, signal: AbortSignal): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for await (const entry of tree.entries({ signal })) {
    if (posix.basename(entry.path) !== sourceIgnoreFile || !isRegular(entry)) continue
    if (entry.size > maxIgnoreFileBytes) {
      throw new Error(`${entry.path} has ${entry.size} bytes; a ${sourceIgnoreFile} may have ${maxIgnoreFileBytes}`)
    }
    const directory = posix.dirname(entry.path)
    files.set(directory === '.' ? '' : directory, await readText(entry))
  }
  return files
}

async function readText(entry: GitTreeEntry): Promise<string> {
  const content = await entry.content()
  const chunks = content instanceof Uint8Array ? [content] : await Array.fromAsync(content)
  return Buffer.concat(chunks).toString('utf8')
}

function isRegular(entry: GitTreeEntry): boolean {
  return (entry.mode & fileType) === regularFile
}
