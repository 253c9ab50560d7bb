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

const tlv = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts)
  const size = Buffer.alloc(2)
  size.writeUInt16BE(content.length)
  return Buffer.concat([Buffer.from([tag, 0x82]), size, content])
}
const integer = (value: number | bigint): Buffer => {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return tlv(2, Buffer.alloc((bytes[0] ?? 0) >> 7), bytes)
}
const oid = (hex: string): Buffer => tlv(6, Buffer.from(hex, 'hex'))
const block = (der: Buffer): string =>
  `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${der.toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----`

/** An encrypted key (PBES2) whose passphrase is hardened so. */
function encryptedBy(kdf: Buffer): Buffer {
  const cipher = tlv(0x30, oid('60864801650304012a'), tlv(4, Buffer.alloc(16)))
  const algorithm = tlv(0x30, oid('2a864886f70d01050d'), tlv(0x30, kdf, cipher))
  return tlv(0x30, algorithm, tlv(4, Buffer.alloc(64)))
}

function hardened(iterations: number): string {
  return block(
    encryptedBy(tlv(0x30, oid('2a864886f70d01050c'), tlv(0x30, tlv(4, Buffer.alloc(8)), integer(iterations)))),
  )
}

function scrypt(n: number, r: number, p: number): Buffer {
  const parameters = tlv(0x30, tlv(4, Buffer.alloc(8)), integer(n), integer(r), integer(p))
  return encryptedBy(tlv(0x30, oid('2b06010401da47040b'), parameters))
}

/** No prime in it: nothing looks before the key is used. */
function oversizedRsa(bits: number): string {
  const [whole, half] = [(1n << BigInt(bits)) - 1n, (1n << BigInt(bits / 2)) - 1n]
  const numbers = [0n, whole, 65_537n, whole, half, half, half, half, half].map((value) => integer(value))
  return `-----BEGIN RSA PRIVATE KEY-----\n${tlv(0x30, ...numbers).toString('base64')}\n-----END RSA PRIVATE KEY-----`
}

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
    [
      'PKCS#8 with more iterations than the process can bear',
      hardened(2_000_000_000),
      'by 2000000000 steps, the limit',
    ],
    ['PKCS#8 in another encoding than DER', block(Buffer.from('30803080020101', 'hex')), 'it is cut short'],
    ['PKCS#8 with costs of scrypt that together are too much', block(scrypt(65_536, 8, 1000)), 'by 524288000 steps'],
    [
      'an RSA key whose signatures take seconds',
      oversizedRsa(16_384),
      'its RSA numbers have 16384 bits, the limit is 8192',
    ],
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
