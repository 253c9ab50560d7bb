// SPDX-License-Identifier: Apache-2.0
import { Double, isInt64, isUint64, Uint } from '../value/values.ts'
import type { Value } from '../value/values.ts'

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
}

const escape = /\\(?:[xX]([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-3][0-7]{2})|([abfnrtv\\'"`?]))/y
const bodyOf = /^([bB]?)([rR]?)("""|'''|"|')([\s\S]*)\3$/

/** The value of a string or bytes literal as it is written, quotes and prefixes included; undefined if an escape is invalid. */
export function unquote(token: string): string | Uint8Array | undefined {
  const match = bodyOf.exec(token.replace(/\r\n?/g, '\n'))
  if (match === null) return undefined
  const [, bytes, raw, , body = ''] = match
  if (raw !== '') return bytes === '' ? body : new TextEncoder().encode(body)
  return bytes === '' ? unescapeText(body) : unescapeBytes(body)
}

function unescapeText(body: string): string | undefined {
  let text = ''
  for (const piece of pieces(body)) {
    if (piece === undefined) return undefined
    if (typeof piece === 'string') text += piece
    else {
      if (piece.code > 0x10ffff || (piece.code >= 0xd800 && piece.code <= 0xdfff)) return undefined
      text += String.fromCodePoint(piece.code)
    }
  }
  return text
}

function unescapeBytes(body: string): Uint8Array | undefined {
  const parts: Uint8Array[] = []
  for (const piece of pieces(body)) {
    if (piece === undefined || (typeof piece === 'object' && piece.unicode)) return undefined
    parts.push(typeof piece === 'string' ? new TextEncoder().encode(piece) : Uint8Array.of(piece.code))
  }
  return Uint8Array.from(Buffer.concat(parts))
}

function* pieces(body: string): Generator<string | { code: number; unicode: boolean } | undefined> {
  let from = 0
  while (from < body.length) {
    const at = body.indexOf('\\', from)
    yield body.slice(from, at < 0 ? undefined : at)
    if (at < 0) return
    escape.lastIndex = at
    const match = escape.exec(body)
    if (match === null) return yield undefined
    from = escape.lastIndex
    const [, hex, short, long, octal, simple] = match
    if (simple !== undefined) yield simpleEscapes[simple] ?? ''
    else if (octal !== undefined) yield { code: Number.parseInt(octal, 8), unicode: false }
    else yield { code: Number.parseInt(hex ?? short ?? long ?? '', 16), unicode: hex === undefined }
  }
}

/** The value of an int or uint literal with its sign; undefined if it does not fit. */
export function parseInteger(token: string, negative: boolean): Value | undefined {
  const unsigned = /[uU]$/.test(token)
  const value = BigInt(unsigned ? token.slice(0, -1) : token) * (negative ? -1n : 1n)
  if (unsigned) return isUint64(value) ? new Uint(value) : undefined
  return isInt64(value) ? value : undefined
}

/** The value of a double literal; undefined if it is too large. */
export function parseDouble(token: string, negative: boolean): Value | undefined {
  const value = Number(token)
  return Number.isFinite(value) ? new Double(negative ? -value : value) : undefined
}
