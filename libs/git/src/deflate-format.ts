// SPDX-License-Identifier: Apache-2.0

/** Shortest copy of each length symbol (RFC 1951, 3.2.5). */
export const lengthBase: Uint16Array = Uint16Array.from([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
])
/** Bits that follow each length symbol. */
export const lengthExtra: Uint8Array = Uint8Array.from([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
])
/** Shortest distance of each distance symbol. */
export const distanceBase: Uint16Array = Uint16Array.from([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
])
/** Bits that follow each distance symbol. */
export const distanceExtra: Uint8Array = Uint8Array.from([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
])
/** The order in which the lengths of the code-length code are sent (3.2.7). */
export const codeOrder: Uint8Array = Uint8Array.from([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])

/** The checksum at the end of a zlib stream (RFC 1950). */
export function adler32(bytes: Uint8Array): number {
  let a = 1
  let b = 0
  for (let at = 0; at < bytes.length;) {
    // 5552 additions stay below 2^32 (zlib's NMAX)
    const end = Math.min(at + 5552, bytes.length)
    for (; at < end; at++) {
      a += bytes[at]!
      b += a
    }
    a %= 65521
    b %= 65521
  }
  return ((b << 16) | a) >>> 0
}
