// SPDX-License-Identifier: Apache-2.0
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { hasCode } from '@tidelock/errors'
import { ArchiveError } from './errors.ts'
import { IndexBuilder } from './index-builder.ts'
import { fileMode } from './modes.ts'
import { encodeEntries } from './tar/encode-entries.ts'
import type { ArchiveEntries, WrittenArchive } from './types.ts'

/** Measures bytes as they pass. */
export interface Hasher {
  /** As digests name it: `sha256`. */
  readonly algorithm: string
  update(chunk: Uint8Array): void
  /** The digest in hexadecimal digits. To be called once, at the end. */
  hex(): string
}

/** How an archive is written. */
export interface WriteOptions {
  readonly signal?: AbortSignal
  /** Makes the returned digest; used up then. Default: one of sha256. */
  readonly hasher?: Hasher
}

const chunkBytes = 64 * 1024

/**
 * Writes a gzip'ed tar in Flux's layout: files and directories only, no owner, no times, modes 0600, 0700 and 0750. The same
 * entries give the same bytes. Entries must ascend by `comparePaths`. A destination given as a path is created with mode 0600,
 * or emptied, and flushed to disk; removing it after an error is the caller's. A stream is ended, or destroyed on an error.
 * Throws `ArchiveError`; what reading the entries throws passes through.
 */
export async function writeArchive(
  entries: ArchiveEntries,
  destination: Writable | string,
  options: WriteOptions = {},
): Promise<WrittenArchive> {
  const { signal, hasher = sha256() } = options
  const index = new IndexBuilder()
  let sizeBytes = 0
  const sink =
    typeof destination === 'string' ? createWriteStream(destination, { mode: fileMode, flush: true }) : destination
  const measure = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      hasher.update(chunk)
      sizeBytes += chunk.length
      yield chunk
    }
  }
  try {
    await pipeline(inChunks(encodeEntries(entries, index)), createGzip(), measure, sink, signal ? { signal } : {})
  } catch (error) {
    if (typeof destination === 'string') await whenClosed(sink)
    throw hasCode(error, 'ENOSPC') ? noSpace(error) : error
  }
  return { digest: `${hasher.algorithm}:${hasher.hex()}`, sizeBytes, index: index.build() }
}

function sha256(): Hasher {
  const hash = createHash('sha256')
  return { algorithm: 'sha256', update: (chunk) => void hash.update(chunk), hex: () => hash.digest('hex') }
}

/**
 * Resolves when a stream has let go of its file. A failed pipeline does not wait for that: a stream that is still opening its file
 * creates it again after the caller has removed it.
 */
export function whenClosed(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve()
    else stream.once('close', resolve)
  })
}

/** The error for a full disk. */
export function noSpace(cause: unknown): ArchiveError {
  return new ArchiveError('NoSpace', 'no space left on the device', { cause })
}

/** Joins small pieces, because every piece costs a turn of the stream machinery. */
async function* inChunks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = []
  let length = 0
  for await (const part of source) {
    parts.push(part)
    length += part.length
    if (length < chunkBytes) continue
    yield parts.length === 1 ? part : Buffer.concat(parts)
    parts = []
    length = 0
  }
  if (length > 0) yield Buffer.concat(parts)
}
