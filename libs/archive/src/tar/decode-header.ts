// SPDX-License-Identifier: Apache-2.0
import type { Buffer } from 'node:buffer'
import { ArchiveError } from '../errors.ts'
import type { Field } from './layout.ts'
import { blockSize, field } from './layout.ts'

/** A header block as it stands, before records of other blocks amend it. */
export interface RawHeader {
  readonly name: string
  readonly mode: number
  readonly size: number
  /** One character; NUL, which old archives use for files, reads as `0`. */
  readonly typeflag: string
}

/** Decodes one block, or returns undefined for an empty one. Throws `InvalidArchive`. */
export function decodeHeader(block: Buffer): RawHeader | undefined {
  if (isEmpty(block)) return undefined
  checkSum(block)
  const name = text(block, field.name)
  // only POSIX headers have a prefix: GNU keeps other things there
  const isPosix = block.toString('latin1', field.magic.start, field.magic.start + 6) === 'ustar\0'
  const prefix = isPosix ? text(block, field.prefix) : ''
  const typeflag = block.toString('latin1', field.typeflag.start, field.typeflag.start + 1)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: number(block, field.mode, 'mode'),
    size: number(block, field.size, 'size'),
    typeflag: typeflag === '\0' ? '0' : typeflag,
  }
}

function isEmpty(block: Buffer): boolean {
  return block[0] === 0 && block.every((byte) => byte === 0)
}

function text(block: Buffer, { start, length }: Field): string {
  const end = block.indexOf(0, start)
  const stop = end === -1 || end > start + length ? start + length : end
  return block.toString('utf8', start, stop)
}

/** Old tools added the bytes up as signed. */
function checkSum(block: Buffer): void {
  const expected = number(block, field.checksum, 'checksum')
  let [unsigned, signed] = [0, 0]
  for (let at = 0; at < blockSize; at += 1) {
    const isOwn = at >= field.checksum.start && at < field.checksum.start + field.checksum.length
    const byte = isOwn ? 0x20 : (block[at] ?? 0)
    unsigned += byte
    signed += byte > 127 ? byte - 256 : byte
  }
  if (expected !== unsigned && expected !== signed) throw invalid('a header whose checksum is wrong')
}

/** Octal digits, or base 256 when the first bit is set. */
function number(block: Buffer, { start, length }: Field, what: string): number {
  if (((block[start] ?? 0) & 0x80) !== 0) return binaryNumber(block.subarray(start, start + length), what)
  const digits = block.toString('latin1', start, start + length).replace(/^[ \0]+|[ \0].*$/gs, '')
  if (!/^[0-7]*$/.test(digits)) throw invalid(`a header whose ${what} is no number`)
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

function binaryNumber(bytes: Buffer, what: string): number {
  let value = (bytes[0] ?? 0) & 0x7f
  for (const byte of bytes.subarray(1)) value = value * 256 + byte
  // the second bit is the sign: nothing of ours is below zero
  if (((bytes[0] ?? 0) & 0x40) !== 0 || !Number.isSafeInteger(value))
    throw invalid(`a header whose ${what} is out of range`)
  return value
}

/** The error for a damaged archive. */
export function invalid(what: string): ArchiveError {
  return new ArchiveError('InvalidArchive', `archive holds ${what}`)
}
