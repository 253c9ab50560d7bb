// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import { readNotationSecret, readPublicKeys, readTrustedRoot } from './verification-secrets.ts'

const key = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' })
const secret = (data: Readonly<Record<string, string>>): ReadonlyMap<string, Buffer> =>
  new Map(Object.entries(data).map(([name, value]) => [name, Buffer.from(value)]))

function messageOf(run: () => unknown): string {
  try {
    run()
    return ''
  } catch (error) {
    return errorMessage(error)
  }
}

describe('the Secrets of verification', () => {
  it('give their public keys by name, and nothing else', () => {
    const keys = readPublicKeys(
      secret({ 'b.pub': key(), 'a.pub': key(), 'cosign.key': 'private', pub: 'no' }),
      'ns/keys',
    )
    expect(keys.map(({ name }) => name)).toEqual(['a.pub', 'b.pub'])
  })
  it('are named with what is wrong, never with what is in them', () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`${i}.pub`, 'hunter2']))
    const policy = JSON.stringify({ version: '1.0', trustPolicies: [] })
    const messages = [
      messageOf(() => readPublicKeys(secret({}), 'ns/s')),
      messageOf(() => readPublicKeys(secret({ 'a.pub': 'hunter2' }), 'ns/s')),
      messageOf(() => readPublicKeys(secret(many), 'ns/s')),
      messageOf(() => readTrustedRoot(secret({ other: 'hunter2' }), 'ns/s')),
      messageOf(() => readNotationSecret(secret({ 'ca.crt': 'hunter2' }), 'ns/s')),
      messageOf(() => readNotationSecret(secret({ 'trustpolicy.json': policy, 'ca.crt': 'hunter2' }), 'ns/s')),
    ]
    expect(messages).toEqual([
      "no public keys found in secret 'ns/s' (keys with .pub suffix)",
      expect.stringMatching(/^secret 'ns\/s': 'a\.pub' is not a public key in PEM/),
      "more than 100 public keys found in secret 'ns/s'",
      "'trusted_root.json' not found in secret 'ns/s'",
      "'trustpolicy.json' not found in secret 'ns/s'",
      expect.stringMatching(/^secret 'ns\/s': the trust policy has no statements/),
    ])
    expect(messages.join()).not.toContain('hunter2')
  })
})
