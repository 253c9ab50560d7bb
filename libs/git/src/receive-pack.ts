// SPDX-License-Identifier: Apache-2.0
import { type FileHandle, open } from 'node:fs/promises'
import { DeltaLinks, DeltaResolver } from './delta-resolver.ts'
import { GitError, limitExceeded } from './git-error.ts'
import { ObjectIndex } from './object-index.ts'
import { PackFile } from './pack-file.ts'
import { type PackEntry, PackParser, type PackSink } from './pack-parser.ts'
import type { GitLimits } from './types.ts'

/**
 * Writes a pack to `path` (a new file) while it streams in and indexes it on the way; then resolves its deltas. Every
 * object's id is computed from its content. The caller closes the result, and removes the file also after a failure.
 * Throws `InvalidObject` or `LimitExceeded`, or what the source fails with.
 */
export async function receivePack(
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly path: string; readonly limits: GitLimits; readonly signal?: AbortSignal | undefined },
): Promise<PackFile> {
  const builder = new IndexBuilder()
  await store(chunks, builder, options)
  const pack = await PackFile.open(options.path, builder.index)
  try {
    await new DeltaResolver(pack, builder.links, options.limits).run(options.signal)
    return pack
  } catch (error) {
    await pack.close()
    throw error
  }
}

async function store(
  chunks: AsyncIterable<Uint8Array>,
  builder: IndexBuilder,
  options: { readonly path: string; readonly limits: GitLimits; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const parser = new PackParser(builder, options.limits)
  const file = await open(options.path, 'wx', 0o600)
  let bytes = 0
  try {
    for await (const chunk of chunks) {
      options.signal?.throwIfAborted()
      bytes += chunk.length
      if (bytes > options.limits.packBytes) {
        throw limitExceeded('packBytes', `the pack is larger than ${options.limits.packBytes} bytes`)
      }
      await writeAll(file, chunk)
      await parser.write(chunk)
    }
    await parser.end()
  } finally {
    parser.close()
    await file.close()
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) done += (await file.write(chunk, done)).bytesWritten
}

class IndexBuilder implements PackSink {
  index: ObjectIndex = new ObjectIndex(0)
  links: DeltaLinks = new DeltaLinks(0)

  begin(count: number): void {
    this.index = new ObjectIndex(count)
    this.links = new DeltaLinks(count)
  }

  entry(entry: PackEntry): void {
    const at = this.index.add(entry)
    if (entry.sha !== undefined) {
      this.index.identify(at, { kind: entry.kind, size: entry.entrySize, depth: 0, sha: entry.sha })
    } else if (entry.baseSha !== undefined) this.links.addWaiting(entry.baseSha, at)
    else this.#linkByOffset(at, entry)
  }

  #linkByOffset(at: number, entry: PackEntry): void {
    const base = entry.baseOffset === undefined ? undefined : this.index.atOffset(entry.baseOffset)
    // an entry is added before it is looked up, so a distance of zero would find itself
    if (base === undefined || base === at) {
      throw new GitError('InvalidObject', `the pack is broken at byte ${entry.offset}: its delta's base is no entry`)
    }
    this.links.add(base, at)
  }
}
