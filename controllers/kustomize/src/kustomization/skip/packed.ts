// SPDX-License-Identifier: Apache-2.0
import { promisify } from 'node:util'
import { deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from 'node:zlib'

const deflate = promisify<Buffer, Buffer>(deflateRaw)
const inflate = promisify<Buffer, Buffer>(inflateRaw)
/** What takes longer than a turn of the event loop should is left to zlib's threads. */
const atOnceBytes = 64 * 1024

/** A JSON value as compressed text. */
export async function pack(value: unknown): Promise<Buffer> {
  const text = Buffer.from(JSON.stringify(value))
  const packed = text.byteLength <= atOnceBytes ? deflateRawSync(text) : await deflate(text)
  // zlib answers with a view of a much larger piece of memory, all of which would be kept
  const own = Buffer.allocUnsafeSlow(packed.byteLength)
  packed.copy(own)
  return own
}

/** The value that was packed. */
export async function unpack(packed: Buffer): Promise<unknown> {
  const text = packed.byteLength <= atOnceBytes / 8 ? inflateRawSync(packed) : await inflate(packed)
  return JSON.parse(text.toString())
}
