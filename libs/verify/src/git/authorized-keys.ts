// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import { parseSshKey } from './ssh-key.ts'
import type { SshPublicKey } from './ssh-key.ts'

/**
 * Reads keys in the form of authorized_keys: one a line, options before it are passed over, `#` begins a comment line. One bad line
 * spoils the text, as in Flux: leaving it out would hide a typing error. Throws `InvalidKey`.
 */
export function parseAuthorizedKeys(text: string): readonly SshPublicKey[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseLine)
}

function parseLine(line: string): SshPublicKey {
  const fields = splitFields(line)
  // the type stands in first or, after options, in second place
  for (const at of [0, 1]) {
    const encoded = fields[at + 1]
    const blob = encoded === undefined ? undefined : decode(encoded)
    if (blob === undefined) continue
    try {
      const key = parseSshKey(blob)
      if (key.type !== fields[at]) throw new VerifyError('InvalidKey', `ssh: a key of ${key.type} is named otherwise`)
      return key
    } catch (cause) {
      throw new VerifyError('InvalidKey', 'unable to parse authorized key', { cause })
    }
  }
  throw new VerifyError('InvalidKey', 'unable to parse authorized key: ssh: no key found')
}

/** The words of a line; white space within quotes belongs to an option. */
function splitFields(line: string): readonly string[] {
  const fields: string[] = []
  let field = ''
  let quoted = false
  for (let at = 0; at < line.length && fields.length < 3; at++) {
    const character = line[at]!
    const isEscaped = quoted && character === '\\' && line[at + 1] === '"'
    if (character === '"') quoted = !quoted
    if (!quoted && (character === ' ' || character === '\t')) {
      if (field !== '') fields.push(field)
      field = ''
    } else field += character
    if (isEscaped) field += line[++at]
  }
  if (field !== '') fields.push(field)
  return fields
}

function decode(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]{16,}={0,2}$/.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64')
  // a length and the name of an algorithm: what else is base64 by chance (an option) is no key
  const length = bytes.readUInt32BE(0)
  return length > 0 && length <= 64 && length < bytes.length ? bytes : undefined
}
