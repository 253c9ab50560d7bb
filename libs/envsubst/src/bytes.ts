// SPDX-License-Identifier: Apache-2.0
import { Buffer, isUtf8 } from 'node:buffer'

/**
 * Text as Flux sees it: one character for each byte of its UTF-8 form. Lengths, offsets and patterns count bytes there, so
 * that a substring may even cut a character in two.
 */
export type ByteText = string

const beyondAscii = /[\u0080-\uffff]/

/** Encodes; plain ASCII comes back as it is. */
export function toBytes(text: string): ByteText {
  return beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}

/** Decodes, or undefined when the bytes are not valid UTF-8. */
export function fromBytes(bytes: ByteText): string | undefined {
  if (!beyondAscii.test(bytes)) return bytes
  const buffer = Buffer.from(bytes, 'latin1')
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined
}

/** Decodes; each invalid byte becomes U+FFFD. */
export function fromBytesLossy(bytes: ByteText): string {
  let text = ''
  for (const { character } of characters(bytes)) text += character
  return text
}

/** One character of a byte text; an invalid byte is a character of its own, U+FFFD. */
export interface Character {
  readonly character: string
  /** How many bytes it takes. */
  readonly width: number
}

/** The character at an offset, which must lie within the text. */
export function characterAt(bytes: ByteText, at: number): Character {
  const first = bytes.charCodeAt(at)
  if (first < 0x80) return { character: bytes.charAt(at), width: 1 }
  const width = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  const buffer = Buffer.from(bytes.slice(at, at + width), 'latin1')
  if (buffer.length < width || !isUtf8(buffer)) return { character: '\uFFFD', width: 1 }
  return { character: buffer.toString('utf8'), width }
}

/** The characters of a byte text, in order. */
export function* characters(bytes: ByteText): Generator<Character> {
  for (let at = 0; at < bytes.length;) {
    const next = characterAt(bytes, at)
    yield next
    at += next.width
  }
}
