// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'

/** The attributes of a distinguished name by their short names: `C`, `ST`, `O`, `CN`, …; each at most once. */
export type DistinguishedName = ReadonlyMap<string, string>

const mandatory = ['C', 'ST', 'O']

/**
 * Reads a distinguished name in the form of RFC 4514 (`C=US, ST=WA, O=Example\, Inc.`) by the rules of the Notary Project:
 * each attribute once, none of several values, `C`, `ST` (or `S`) and `O` present. Throws `InvalidKey`.
 */
export function parseDistinguishedName(text: string): DistinguishedName {
  if (text.includes('=#')) throw invalid(text, 'values in hexadecimal ("=#") are not supported')
  return toName(
    text,
    splitUnescaped(text, ',;').map((part) => parseAttribute(text, part)),
  )
}

/** Puts attributes together by the same rules. Throws `InvalidKey`, naming `text`. */
export function toName(text: string, attributes: readonly (readonly [string, string])[]): DistinguishedName {
  const name = new Map<string, string>()
  for (const [type, value] of attributes) {
    const key = type === 'S' ? 'ST' : type
    if (name.has(key)) throw invalid(text, `it has the attribute ${key} twice`)
    name.set(key, value)
  }
  const missing = mandatory.find((key) => (name.get(key) ?? '') === '')
  if (missing !== undefined) throw invalid(text, `it has no ${missing}; C, ST (or S) and O must be there`)
  return name
}

/** Whether each attribute of `part` is in `whole` with the same value. */
export function isWithin(part: DistinguishedName, whole: DistinguishedName): boolean {
  return [...part].every(([key, value]) => whole.get(key) === value)
}

function parseAttribute(text: string, part: string): readonly [string, string] {
  if (splitUnescaped(part, '+').length > 1) throw invalid(text, 'an attribute has several values')
  const at = part.indexOf('=')
  if (at < 1) throw invalid(text, 'an attribute has no "="')
  const type = part.slice(0, at).trim()
  if (!/^(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)$/.test(type)) throw invalid(text, 'an attribute has no name')
  return [type, unescapeValue(text, part.slice(at + 1))]
}

/** Splits at characters that no backslash and no quotes protect. */
function splitUnescaped(text: string, separators: string): string[] {
  const parts = ['']
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (char === '\\') parts.push((parts.pop() ?? '') + char + text.charAt(++i))
    else if (separators.includes(char)) parts.push('')
    else parts.push((parts.pop() ?? '') + char)
  }
  return parts
}

/** A space behind that is escaped is one of the value. */
function withoutSpacesAround(raw: string): string {
  let end = raw.length
  while (end > 0 && raw[end - 1] === ' ') end -= 1
  let backslashes = 0
  while (backslashes < end && raw[end - 1 - backslashes] === '\\') backslashes += 1
  return raw.slice(0, backslashes % 2 === 1 ? end + 1 : end).replace(/^ +/, '')
}

function unescapeValue(text: string, raw: string): string {
  const bytes: number[] = []
  const trimmed = withoutSpacesAround(raw)
  for (let rest = trimmed; rest !== '';) {
    const found = /^\\(?:([0-9A-Fa-f]{2})|([ "#+,;<=>\\]))|^[^\\"]/u.exec(rest)
    if (found === null) throw invalid(text, 'a character is not escaped as it must be')
    const [whole, hex, escaped] = found
    if (hex === undefined) bytes.push(...Buffer.from(escaped ?? whole))
    else bytes.push(Number.parseInt(hex, 16))
    rest = rest.slice(whole.length)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes))
  } catch (cause) {
    throw new VerifyError('InvalidKey', `the distinguished name '${text}' is not UTF-8`, { cause })
  }
}

function invalid(text: string, why: string): VerifyError {
  return new VerifyError('InvalidKey', `the distinguished name '${text}' cannot be used: ${why}`)
}
