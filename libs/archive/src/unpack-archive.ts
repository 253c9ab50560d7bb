// SPDX-License-Identifier: Apache-2.0
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { hasCode } from '@tidelock/errors'
import { ArchiveError } from './errors.ts'
import { FileWriter } from './file-writer.ts'
import { IndexBuilder } from './index-builder.ts'
import { BlockReader } from './tar/block-reader.ts'
import { exceeded, readEntries } from './tar/read-entries.ts'
import type { ArtifactIndex, UnpackLimits } from './types.ts'
import { noSpace } from './write-archive.ts'

/** How an archive is unpacked. */
export interface UnpackOptions {
  readonly limits?: UnpackLimits
  readonly signal?: AbortSignal
  /**
   * What another unpacked tree holds: its files that the archive has just so are not written (those beyond 256 KiB are), and no
   * directory is made for itself. `changeTree` then makes the archive's tree of that other one.
   */
  readonly base?: ArtifactIndex
}

/** The bounds where the caller gives none. */
export const defaultLimits: Required<UnpackLimits> = {
  maxBytes: 1024 ** 3,
  maxEntries: 500_000,
  maxRatio: 250,
  maxPathBytes: 4096,
}

/** Below this many uncompressed bytes the ratio is not looked at: tiny archives of empty files compress very well. */
const ratioFreeBytes = 64 * 1024 ** 2

/**
 * Unpacks a gzip'ed tar that nobody vouches for into a directory, which must be empty or not exist yet, and returns the index of
 * what it holds. Regular files and directories only: links, devices and pipes are passed over. Files get mode 0600 or 0700,
 * directories 0750. Of a path that is there twice the last one counts. The source is read to its end, and destroyed on an error.
 * Throws `ArchiveError`; the directory is then half full and the caller's to remove.
 */
export async function unpackArchive(
  source: AsyncIterable<Uint8Array>,
  directory: string,
  options: UnpackOptions = {},
): Promise<ArtifactIndex> {
  const limits = { ...defaultLimits, ...options.limits }
  const input = source instanceof Readable ? source : Readable.from(source)
  const meter = new Meter(limits)
  const index = new IndexBuilder()
  const writer = await FileWriter.open(directory, index, options.base)
  const consume = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    const reader = new BlockReader(meter.uncompressed(chunks))
    await readEntries(reader, limits, (entry) => writer.write(entry, reader))
  }
  try {
    const count = (chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> => meter.compressed(chunks)
    await pipeline(input, count, createGunzip(), consume, options.signal ? { signal: options.signal } : {})
  } catch (error) {
    throw toArchiveError(error)
  }
  return index.build()
}

/** Counts both sides of the decompression and stops it at a bound. */
class Meter {
  readonly #limits: Required<UnpackLimits>
  #compressedBytes = 0
  #bytes = 0

  constructor(limits: Required<UnpackLimits>) {
    this.#limits = limits
  }

  async *compressed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#compressedBytes += chunk.length
      yield chunk
    }
  }

  async *uncompressed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { maxBytes, maxRatio } = this.#limits
    for await (const chunk of source) {
      this.#bytes += chunk.length
      if (this.#bytes > maxBytes) throw exceeded('uncompressed bytes', maxBytes)
      if (this.#bytes > ratioFreeBytes && this.#bytes > maxRatio * this.#compressedBytes) {
        throw exceeded('uncompressed bytes for each compressed one', maxRatio)
      }
      yield chunk
    }
  }
}

function toArchiveError(error: unknown): unknown {
  if (error instanceof ArchiveError) return error
  if (hasCode(error, 'ENOSPC')) return noSpace(error)
  if (hasCode(error, 'Z_BUF_ERROR')) return new ArchiveError('Truncated', 'archive ends too early', { cause: error })
  const isDamaged = hasCode(error, 'Z_DATA_ERROR') || hasCode(error, 'Z_NEED_DICT')
  return isDamaged ? new ArchiveError('InvalidArchive', 'archive is not valid gzip', { cause: error }) : error
}
