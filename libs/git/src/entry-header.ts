// SPDX-License-Identifier: Apache-2.0
import { GitError } from './git-error.ts'
import { kinds, typeName } from './object-index.ts'

/** What stands before an entry's zlib stream. */
export interface EntryHeader {
  readonly kind: number
  readonly size: number
  /** Length of the header, base included. */
  readonly length: number
  readonly baseOffset?: number
  readonly baseSha?: Buffer
}

/** The header that begins at `start`; undefined when more bytes are needed. `packOffset` is where it stands in the pack. Throws `InvalidObject`. */
export function readEntryHeader(buffer: Buffer, start: number, packOffset: number): EntryHeader | undefined {
  let at = start
  let byte = buffer[at++]
  if (byte === undefined) return undefined
  const kind = (byte >>> 4) & 7
  let size = byte & 15
  for (let factor = 16; (byte & 0x80) !== 0; factor *= 128) {
    byte = buffer[at++]
    if (byte === undefined) return undefined
    if (factor > 2 ** 46)
      throw new GitError('InvalidObject', `the pack is broken at byte ${packOffset}: oversized length`)
    size += (byte & 0x7f) * factor
  }
  if (kind === kinds.offsetDelta) return readOffsetBase({ kind, size }, buffer, { start, at, packOffset })
  if (kind === kinds.refDelta) {
    if (buffer.length - at < 20) return undefined
    return { kind, size, length: at + 20 - start, baseSha: Buffer.from(buffer.subarray(at, at + 20)) }
  }
  if (typeName(kind) === undefined) {
    throw new GitError('InvalidObject', `the pack is broken at byte ${packOffset}: unknown kind of object ${kind}`)
  }
  return { kind, size, length: at - start }
}

function readOffsetBase(
  entry: { kind: number; size: number },
  buffer: Buffer,
  where: { start: number; at: number; packOffset: number },
): EntryHeader | undefined {
  let at = where.at
  let distance = -1
  for (let byte = 0x80; (byte & 0x80) !== 0;) {
    const next = buffer[at++]
    if (next === undefined) return undefined
    byte = next
    distance = (distance + 1) * 128 + (byte & 0x7f)
    if (distance > where.packOffset) {
      throw new GitError(
        'InvalidObject',
        `the pack is broken at byte ${where.packOffset}: a delta's base lies before the pack`,
      )
    }
  }
  return { ...entry, length: at - where.start, baseOffset: where.packOffset - distance }
}
