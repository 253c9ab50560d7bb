// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { createKeyPair, readKeyPair } from './key-pair.ts'
import type { KeyChoice } from './key-pair.ts'
import { toAuthorizedKey } from './public-key.ts'

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../../testdata/ssh', name), 'utf8')
/** Without the comment that ssh-keygen adds. */
const publicKey = (name: string): string => `${read(`${name}.pub`).trim().split(' ').slice(0, 2).join(' ')}\n`

describe('readKeyPair', () => {
  it.each([
    ['id_ed25519', ''],
    ['id_ecdsa', ''],
    ['id_rsa', ''],
    ['id_locked', 'secret'],
    ['id_pem_locked', 'secret'],
  ])('knows the public key of %s as ssh-keygen does', async (name, passphrase) => {
    expect(await readKeyPair(read(name), passphrase)).toEqual({ privateKey: read(name), publicKey: publicKey(name) })
  })

  it.each([
    ['id_locked', '', 'it has a passphrase: give it with --password'],
    ['id_locked', 'wrong', '--private-key-file: the key cannot be read: '],
    ['id_pem_locked', '', 'it has a passphrase: give it with --password'],
    ['id_pem_locked', 'wrong', '--private-key-file: the key cannot be read: '],
    ['id_rsa.pub', '', '--private-key-file: the key cannot be read: '],
  ])('refuses %s with the passphrase %j', async (name, passphrase, message) => {
    await expect(readKeyPair(read(name), passphrase)).rejects.toThrow(message)
  })
})

describe('createKeyPair', () => {
  const base: KeyChoice = { algorithm: 'ecdsa', rsaBits: 2048, ecdsaCurve: 'p384' }
  it.each<[Partial<KeyChoice>, string]>([
    [{}, 'ecdsa-sha2-nistp384'],
    [{ ecdsaCurve: 'p256' }, 'ecdsa-sha2-nistp256'],
    [{ ecdsaCurve: 'p521' }, 'ecdsa-sha2-nistp521'],
    [{ algorithm: 'ed25519' }, 'ssh-ed25519'],
    [{ algorithm: 'rsa' }, 'ssh-rsa'],
  ])('%j makes a key in PKCS#8 and its line for the server', async (choice, type) => {
    const pair = await createKeyPair({ ...base, ...choice })
    expect(pair.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----\n[^]*\n-----END PRIVATE KEY-----\n$/)
    expect(pair.publicKey).toMatch(new RegExp(`^${type} [A-Za-z0-9+/=]+\\n$`))
    expect(toAuthorizedKey(createPublicKey(createPrivateKey(pair.privateKey)))).toBe(pair.publicKey)
  })
})
