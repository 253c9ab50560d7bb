// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { parseIdentity } from './identity.ts'

const read = (name: string): string => readFileSync(new URL(`../../testdata/ssh/${name}`, import.meta.url), 'utf8')
const passphrase = 'passw0rd'
const encrypted = [
  ...['openssh-ed25519', 'openssh-ed25519-gcm', 'openssh-ecdsa', 'openssh-rsa'],
  ...['pem-rsa', 'pem-ecdsa', 'pkcs8-rsa', 'pkcs8-ecdsa'],
]
const message = Buffer.from('what is to be signed')

describe('parseIdentity', () => {
  it.each(encrypted)('reads %s as ssh-keygen wrote it', (name) => {
    const { key, name: shown } = parseIdentity(read(name), passphrase)
    const [type, blob] = read(`${name}.pub`).split(' ')
    expect(`${key.type} ${key.getPublicSSH().toString('base64')}`).toBe(`${type} ${blob}`)
    expect(shown).toMatch(new RegExp(`^${type} SHA256:[A-Za-z0-9+/]{43}$`))
    expect(key.verify(message, key.sign(message))).toBe(true)
  })

  it.each(encrypted)('tells of %s that the passphrase is missing, or wrong', (name) => {
    expect(() => parseIdentity(read(name))).toThrow(expect.objectContaining({ code: 'PassphraseMissing' }))
    const wrong = {
      code: 'IdentityInvalid',
      message: expect.stringContaining('the passphrase is wrong, or the key is damaged'),
    }
    expect(() => parseIdentity(read(name), 'hunter2')).toThrow(expect.objectContaining(wrong))
  })

  it.each([
    ['ed25519', undefined],
    ['ed25519', 'aes-256-cbc'],
    ['rsa', undefined],
    ['ec', 'aes-128-cbc'],
  ] as const)('reads PKCS#8: %s, encrypted by %s', (type, cipher) => {
    const options = type === 'rsa' ? { modulusLength: 2048 } : type === 'ec' ? { namedCurve: 'P-256' } : {}
    const { privateKey } = generateKeyPairSync(type as 'ec', options as { namedCurve: string })
    const format = { format: 'pem', type: 'pkcs8' } as const
    const pem = privateKey.export(cipher === undefined ? format : { ...format, cipher, passphrase })
    const { key } = parseIdentity(`\n${pem.replaceAll('\n', '\r\n')}\n`, cipher === undefined ? '' : passphrase)
    expect(key.verify(message, key.sign(message))).toBe(true)
  })

  it.each<[string, string, string]>([
    ['nothing', '', 'it is no private key'],
    ['a public key', read('pem-rsa.pub'), 'it is no private key'],
    ['more rounds than the process can bear', read('many-rounds'), 'hardened by 300 rounds, the limit is 256'],
    ['a key that is cut short', read('openssh-rsa').split('\n').toSpliced(4, 3).join('\n'), 'cannot be used'],
    ['a large text', 'x'.repeat(70_000), 'it is larger than 65536 bytes'],
    [
      'another kind of key',
      generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }),
      'keys of type x25519 are not supported',
    ],
  ])('refuses %s', (_what, text, words) => {
    expect(() => parseIdentity(text, passphrase)).toThrow(words)
  })

  it('never throws anything else, and never parts of the key', () => {
    const [head, tail] = ['-----BEGIN OPENSSH PRIVATE KEY-----\n', '\n-----END OPENSSH PRIVATE KEY-----']
    const body = fc.uint8Array({ maxLength: 300 }).map((bytes) => {
      const data = Buffer.concat([Buffer.from('openssh-key-v1\0'), bytes])
      return `${head}${data.toString('base64')}${tail}`
    })
    const changed = fc.tuple(fc.nat(), fc.nat(255)).map(([at, to]) => {
      const data = Buffer.from(read('openssh-ed25519').split('\n').slice(1, -2).join(''), 'base64')
      data[at % data.length] = to
      return `${head}${data.toString('base64')}${tail}`
    })
    const outcome = (text: string, phrase: string): string => {
      try {
        return parseIdentity(text, phrase).name
      } catch (error) {
        return (error as { code?: string }).code ?? String(error)
      }
    }
    fc.assert(
      fc.property(fc.oneof(fc.string(), body, changed), fc.string(), (text, phrase) => {
        expect(outcome(text, phrase)).toMatch(/^(IdentityInvalid|PassphraseMissing|ssh-ed25519 SHA256:.*)$/)
      }),
      { numRuns: 300 },
    )
  })
})
