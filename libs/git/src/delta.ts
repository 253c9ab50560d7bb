// SPDX-License-Identifier: Apache-2.0
import { GitError } from './git-error.ts'

/** The length of the result that a delta announces. Throws `InvalidObject`. */
export function deltaResultSize(delta: Uint8Array): number {
  const base = readSize(delta, 0)
  return readSize(delta, base.next).value
}

/** Applies Git's delta format. The result is a new buffer. Throws `InvalidObject` unless the delta fits base and result exactly. */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Buffer {
  const baseSize = readSize(delta, 0)
  const resultSize = readSize(delta, baseSize.next)
  if (baseSize.value !== base.length) throw broken('is for another base')
  const result = Buffer.allocUnsafe(resultSize.value)
  let at = resultSize.next
  let written = 0
  while (at < delta.length) {
    const command = delta[at++]!
    if (command === 0) throw broken('has an unknown command')
    const copy = (command & 0x80) !== 0
    let from = at
    let size = command
    if (copy) {
      const copied = readCopy(delta, at, command)
      from = copied.offset
      size = copied.size
      at = copied.next
    } else at += command
    const source = copy ? base : delta
    if (from + size > source.length) throw broken('reads past its end')
    if (written + size > result.length) throw broken('writes more than it announced')
    result.set(source.subarray(from, from + size), written)
    written += size
  }
  if (written !== result.length) throw broken('writes less than it announced')
  return result
}

function readCopy(delta: Uint8Array, start: number, command: number): { offset: number; size: number; next: number } {
  let next = start
  let offset = 0
  let size = 0
  for (let i = 0; i < 4; i++) if ((command & (1 << i)) !== 0) offset += byteAt(delta, next++) * 2 ** (8 * i)
  for (let i = 0; i < 3; i++) if ((command & (16 << i)) !== 0) size += byteAt(delta, next++) * 2 ** (8 * i)
  return { offset, size: size === 0 ? 0x10000 : size, next }
}

function readSize(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0
  let factor = 1
  for (let at = start; at < start + 7; at++) {
    const byte = byteAt(bytes, at)
    value += (byte & 0x7f) * factor
    if ((byte & 0x80) === 0) return { value, next: at + 1 }
    factor *= 128
  }
  throw broken('has an oversized length')
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw broken('is cut short')
  return byte
}

function broken(what: string): GitError {
  return new GitError('InvalidObject', `a delta in the pack ${what}`)
}
