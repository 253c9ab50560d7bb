// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { testdata } from '../../test/fixture-store.ts'
import { isSignedBy, parsePublicKey } from './public-key.ts'

const pem = (key: KeyObject, type: 'spki' | 'pkcs1' = 'spki'): string => key.export({ type, format: 'pem' })
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const [p256, p384, p521] = [ec('P-256'), ec('P-384'), ec('P-521')]
const ed25519 = generateKeyPairSync('ed25519')
const data = Buffer.from('what is signed')

describe('parsePublicKey', () => {
  it('reads a key in PKIX and an RSA key in PKCS #1', () => {
    expect(parsePublicKey('a.pub', pem(p256.publicKey)).equals(p256.publicKey)).toBe(true)
    expect(parsePublicKey('a.pub', pem(rsa.publicKey, 'pkcs1')).equals(rsa.publicKey)).toBe(true)
    expect(
      parsePublicKey('a.pub', `a comment\r\n${pem(ed25519.publicKey).replaceAll('\n', '\r\n')}`).equals(
        ed25519.publicKey,
      ),
    ).toBe(true)
  })
  it.each([
    ['nothing', '', 'is not a public key in PEM'],
    ['a certificate', testdata('notation/root.crt'), 'is not a public key in PEM'],
    ['a private key', p256.privateKey.export({ type: 'pkcs8', format: 'pem' }), 'is not a public key in PEM'],
    [
      'a private key beside it',
      pem(p256.publicKey) + p256.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      'is not a public key in PEM',
    ],
    [
      'a broken key',
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
      'is not a public key that can be read',
    ],
    ['a key of another curve', pem(ec('secp256k1').publicKey), 'is a key of kind secp256k1'],
    ['a key for another use', pem(generateKeyPairSync('x25519').publicKey), 'is a key of kind x25519'],
    ['a short RSA key', pem(generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey), 'fewer than 1024 bits'],
    [
      'an RSA key for PSS alone',
      pem(generateKeyPairSync('rsa-pss', { modulusLength: 1024 }).publicKey),
      'is a key of kind rsa-pss',
    ],
  ])('refuses %s, and does not repeat it', (_what, text, message) => {
    expect(() => parsePublicKey("'a.pub'", text)).toThrow(new RegExp(`^'a.pub' .*${message.replace('.', '\\.')}`))
  })
})

describe('isSignedBy', () => {
  it.each([
    ['P-256 with SHA-256', p256, 'sha256', true],
    ['P-256 with SHA-512', p256, 'sha512', false],
    ['P-384 with SHA-256, as Flux', p384, 'sha256', true],
    ['P-384 with SHA-384', p384, 'sha384', true],
    ['P-521 with SHA-512', p521, 'sha512', true],
    ['P-521 with SHA-1', p521, 'sha1', false],
    ['RSA with SHA-256', rsa, 'sha256', true],
    ['RSA with SHA-1', rsa, 'sha1', false],
    ['ed25519', ed25519, null, true],
  ] as const)('%s', (_what, { publicKey, privateKey }, digest, expected) => {
    const signature = sign(digest, data, privateKey)
    expect(isSignedBy(createPublicKey(pem(publicKey)), data, signature)).toBe(expected)
    expect(isSignedBy(publicKey, Buffer.from('what is not signed'), signature)).toBe(false)
    expect(isSignedBy(publicKey, data, Buffer.concat([signature, Buffer.from([0])]))).toBe(false)
    expect(isSignedBy(publicKey, data, Buffer.alloc(0))).toBe(false)
  })
})
