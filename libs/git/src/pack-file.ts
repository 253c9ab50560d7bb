// SPDX-License-Identifier: Apache-2.0
import { readSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createInflate, inflateSync } from 'node:zlib'
import { ByteCache } from './byte-cache.ts'
import { applyDelta } from './delta.ts'
import { GitError } from './git-error.ts'
import { Inflater } from './inflate.ts'
import type { ObjectIndex } from './object-index.ts'

const cacheBytes = 8 * 1024 * 1024
/** Inflated sizes up to here are left to our own inflater. */
const smallBytes = 256 * 1024
const pieceBytes = 64 * 1024

/**
 * Reads objects out of a pack on disk. Reads are synchronous: the file was written a moment ago and lies in the page cache,
 * where a read takes microseconds and a trip through the thread pool ten times that.
 */
export class PackFile {
  readonly index: ObjectIndex
  readonly #file: FileHandle
  readonly #inflater = new Inflater()
  readonly #cache = new ByteCache(cacheBytes)
  #scratch: Buffer = Buffer.allocUnsafeSlow(64 * 1024)

  private constructor(file: FileHandle, index: ObjectIndex) {
    this.#file = file
    this.index = index
  }

  /** Opens the pack that the index was made of. The owner closes it. */
  static async open(path: string, index: ObjectIndex): Promise<PackFile> {
    return new PackFile(await open(path, 'r'), index)
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  /** The entry as it stands in the pack, inflated: of a delta the delta. Throws `InvalidObject`. */
  readEntry(at: number): Buffer {
    const compressed = this.#readSpan(at)
    const size = this.index.entrySize(at)
    if (size > smallBytes) return inflateLarge(compressed, size)
    const output = Buffer.allocUnsafe(size)
    if (this.#inflater.inflate(compressed, 0, output) < 0) throw broken()
    return output
  }

  /** The whole object, deltas applied; it may be shared, so do not change it. Throws `InvalidObject`. */
  readObject(at: number): Buffer {
    const deltas: number[] = []
    let base: Buffer | undefined
    let found = at
    for (; ; found = this.index.base(found)) {
      base = this.#cache.get(found)
      if (base !== undefined || this.index.base(found) < 0) break
      deltas.push(found)
    }
    base ??= this.readEntry(found)
    for (const delta of deltas.reverse()) {
      // bases are worth keeping: their other deltas lie near
      this.#cache.set(this.index.base(delta), base)
      base = applyDelta(base, this.readEntry(delta))
    }
    return base
  }

  /** A whole object that is no delta, piece by piece. The file must stay open until the end. */
  async *streamObject(at: number): AsyncGenerator<Buffer, void, undefined> {
    const inflate = createInflate()
    const compressed = Readable.from(this.#compressedPieces(at))
    compressed.on('error', (error) => inflate.destroy(error))
    try {
      for await (const piece of compressed.pipe(inflate)) yield piece as Buffer
    } finally {
      compressed.destroy()
      inflate.destroy()
    }
  }

  // a read stream of the handle would close it at its end
  async *#compressedPieces(at: number): AsyncGenerator<Buffer, void, undefined> {
    const { start, end } = this.index.span(at)
    for (let position = start; position < end;) {
      const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, end - position))
      const { bytesRead } = await this.#file.read(piece, 0, piece.length, position)
      if (bytesRead === 0) throw broken()
      position += bytesRead
      yield piece.subarray(0, bytesRead)
    }
  }

  /** The compressed bytes; valid until the next call. */
  #readSpan(at: number): Buffer {
    const { start, end } = this.index.span(at)
    const length = end - start
    if (length > this.#scratch.length && length <= smallBytes * 2)
      this.#scratch = Buffer.allocUnsafeSlow(smallBytes * 2)
    const buffer = length > this.#scratch.length ? Buffer.allocUnsafeSlow(length) : this.#scratch
    for (let done = 0; done < length;) {
      const read = readSync(this.#file.fd, buffer, done, length - done, start + done)
      if (read === 0) throw broken()
      done += read
    }
    return buffer.subarray(0, length)
  }
}

function inflateLarge(compressed: Buffer, size: number): Buffer {
  let output: Buffer
  try {
    output = inflateSync(compressed, { maxOutputLength: size, chunkSize: Math.min(size + 1, 1024 * 1024) })
  } catch (error) {
    throw broken(error)
  }
  if (output.length !== size) throw broken()
  return output
}

function broken(cause?: unknown): GitError {
  return new GitError('InvalidObject', 'the pack on disk changed after it was checked', { cause })
}
