// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import type { GitSigned } from '../src/index.ts'

const { keys, objects } = JSON.parse(
  readFileSync(new URL('../testdata/git-signatures.json', import.meta.url), 'utf8'),
) as { keys: Record<string, string>; objects: { name: string; type: string; raw: string }[] }

/** A public key of the vectors, which the real gpg and ssh-keygen made. */
export function keyNamed(name: string): string {
  const key = keys[name]
  if (key === undefined) throw new Error(`no key ${name}`)
  return key
}

/** A commit or tag of the vectors, which the real git signed, taken apart independently of the code under test. */
export function signedNamed(name: string): GitSigned {
  const found = objects.find((object) => object.name === name)
  if (found === undefined) throw new Error(`no object ${name}`)
  const raw = Buffer.from(found.raw, 'base64').toString('latin1')
  if (found.type === 'tag') {
    const at = raw.indexOf('-----BEGIN')
    return { signature: raw.slice(at), payload: Buffer.from(raw.slice(0, at), 'latin1') }
  }
  const header = /^gpgsig .*\n( .*\n)*/m.exec(raw)?.[0] ?? ''
  const signature = header.replace(/^gpgsig /, '').replace(/^ /gm, '')
  return { signature, payload: Buffer.from(raw.replace(header, ''), 'latin1') }
}
