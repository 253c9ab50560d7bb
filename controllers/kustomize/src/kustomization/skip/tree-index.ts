// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import type { AcquiredArtifact } from '@tidelock/artifact'

type ArtifactIndex = AcquiredArtifact['index']

/** Looks up paths of an artifact. */
export interface TreeIndex {
  /** Lower-case hex; undefined when there is no such file. */
  fileDigest(path: string): string | undefined
  /** Whether anything is there; the root, '.', always is. */
  has(path: string): boolean
  /** The names in a directory, those of directories with a slash at the end; undefined when it is none. */
  list(directory: string): readonly string[] | undefined
}

const known = new WeakMap<ArtifactIndex, TreeIndex>()

/** The look-ups of an index, made once and kept as long as it. */
export function treeIndexOf(index: ArtifactIndex): TreeIndex {
  const found = known.get(index)
  if (found !== undefined) return found
  const made = createTreeIndex(index)
  known.set(index, made)
  return made
}

function createTreeIndex({ files, directories }: ArtifactIndex): TreeIndex {
  const digests = new Map(files.map(({ path, sha256 }) => [path, sha256]))
  const members = new Map<string, string[]>([['.', []], ...directories.map((path): [string, string[]] => [path, []])])
  for (const path of directories) members.get(posix.dirname(path))?.push(`${posix.basename(path)}/`)
  for (const { path } of files) members.get(posix.dirname(path))?.push(posix.basename(path))
  return {
    fileDigest: (path) => digests.get(path),
    has: (path) => digests.has(path) || members.has(path),
    list: (directory) => members.get(directory),
  }
}
