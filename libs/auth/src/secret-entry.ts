// SPDX-License-Identifier: Apache-2.0
import { parse } from 'yaml'
import { AuthError } from './errors.ts'

/** Credentials are smaller; a large text takes the parser seconds. */
const maxBytes = 64 * 1024

/**
 * The entries of a YAML or JSON mapping, every scalar as the text that stands there. `name` is for messages, which never quote the
 * content. Throws `CredentialsInvalid`.
 */
export function parseEntry(name: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  if (bytes.length > maxBytes) throw new AuthError('CredentialsInvalid', `${name}: larger than ${maxBytes / 1024} KiB`)
  let value: unknown
  try {
    // failsafe: a key id of digits stays text; the search for keys that stand twice takes time with the square of their number
    const options = { schema: 'failsafe', maxAliasCount: 0, uniqueKeys: false, logLevel: 'silent' } as const
    value = parse(decodeText(bytes), options)
  } catch {
    // the parser's message quotes the line
    throw new AuthError('CredentialsInvalid', `${name}: neither YAML nor JSON`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AuthError('CredentialsInvalid', `${name}: want a mapping of names to values`)
  return value as Readonly<Record<string, unknown>>
}

/** The text of an entry of the mapping; undefined when absent, empty or not text. */
export function textOf(entries: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = Object.hasOwn(entries, key) ? entries[key] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** UTF-8, or UTF-16 where a byte order mark says so (what Windows' shells write). */
function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes
  const utf16 = (first === 0xff && second === 0xfe && 'utf-16le') || (first === 0xfe && second === 0xff && 'utf-16be')
  return new TextDecoder(utf16 || 'utf-8').decode(bytes)
}
