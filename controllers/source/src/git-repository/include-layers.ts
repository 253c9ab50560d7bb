// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from 'node:fs'
import { mkdtemp, open, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { Artifact, GitRepositoryInclude } from '@tidelock/api'
import { unpackArchive } from '@tidelock/archive'
import type { ArtifactIndex } from '@tidelock/archive'
import type { ArtifactStore } from '@tidelock/artifact'
import type { ContentEntry } from './content.ts'
import { toPathOf } from './includes.ts'

/** Larger files are read piece by piece. */
const wholeFileBytes = 1024 * 1024
const directoryMode = 0o040000
const regularMode = 0o100000

/** What one include copies, at the paths where it comes to lie. */
export type IncludeLayer = readonly ContentEntry[]

/**
 * Unpacks an included artifact below `scratchDir` and answers what the include takes of it. Both paths count from their roots
 * and do not lead out of them. Throws where Flux reports a `CopyFailure`.
 */
export async function readInclude(
  include: GitRepositoryInclude,
  artifact: Artifact,
  {
    store,
    scratchDir,
    signal,
  }: { readonly store: ArtifactStore; readonly scratchDir: string; readonly signal: AbortSignal },
): Promise<IncludeLayer> {
  const { fromPath = '' } = include
  const toPath = toPathOf(include)
  try {
    const directory = await mkdtemp(join(scratchDir, 'include-'))
    // a stream that opens the file itself would tell of a missing one before anybody listens
    const file = await open(store.localPath(artifact))
    const index = await unpackArchive(file.createReadStream(), directory, { signal })
    return selectLayer(index, directory, { from: confine(fromPath), to: confine(toPath) })
  } catch (cause) {
    signal.throwIfAborted()
    const copied = `failed to copy '${include.repository.name}' include from ${fromPath} to ${toPath}`
    throw new Error(copied, { cause })
  }
}

/** The path below a root that it cannot leave; empty for the root. */
export function confine(path: string): string {
  return posix.normalize(`/${path}`).replace(/^\/+|(?<!\/)\/+$/g, '')
}

function selectLayer(
  index: ArtifactIndex,
  directory: string,
  { from, to }: { readonly from: string; readonly to: string },
): IncludeLayer {
  const place = (path: string): string | undefined => {
    if (path === from) return to
    const rest = from === '' ? path : path.startsWith(`${from}/`) ? path.slice(from.length + 1) : undefined
    return rest === undefined ? undefined : to === '' ? rest : `${to}/${rest}`
  }
  const layer: ContentEntry[] = []
  for (const path of index.directories) {
    const at = place(path)
    if (at !== undefined && at !== '') layer.push({ path: at, mode: directoryMode, size: 0, content: noContent })
  }
  for (const { path, mode, size } of index.files) {
    const at = place(path)
    const file = join(directory, path)
    const content = (): ReturnType<ContentEntry['content']> =>
      size <= wholeFileBytes ? readFile(file) : Promise.resolve(createReadStream(file))
    if (at !== undefined && at !== '') layer.push({ path: at, mode: regularMode | mode, size, content })
  }
  const isThere = from === '' || index.directories.includes(from) || index.files.some(({ path }) => path === from)
  if (!isThere) throw new Error(`cannot stat ${from}: no such file or directory`)
  return layer
}

function noContent(): Promise<Uint8Array> {
  return Promise.resolve(new Uint8Array(0))
}
