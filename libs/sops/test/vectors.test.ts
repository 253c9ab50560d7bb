// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decryptFile, verifyManifests } from '../src/index.ts'
import type { DecryptedFile, DecryptOptions, SopsFormat, YamlCodec } from '../src/index.ts'
import { formatOfPath } from '../src/format.ts'
import { createYaml, readVector, servicesOf, vectorNames } from './vectors.ts'

const { signal } = new AbortController()
const allKeys = ['one.agekey', 'two.agekey', 'three.agekey', 'hybrid.agekey', 'pgp.asc', 'pgp-25519.asc']
let yaml: YamlCodec & AsyncDisposable

beforeAll(async () => {
  yaml = await createYaml()
})
afterAll(async () => {
  await yaml[Symbol.asyncDispose]()
})

async function decrypt(
  name: string,
  keys: readonly string[],
  options: Partial<DecryptOptions> = {},
): Promise<DecryptedFile> {
  const keyServices = await servicesOf(...keys)
  const input = formatOfPath(name)
  return decryptFile(readVector(`encrypted/${name}`), { input, keyServices, yaml, signal, ...options })
}

describe('what sops itself encrypted', () => {
  it.each(vectorNames('encrypted'))('%s comes out as sops decrypts it, and its MAC is right', async (name) => {
    const { bytes, mac } = await decrypt(name, allKeys, { verifyMac: true })
    expect(Buffer.from(bytes).toString('latin1')).toBe(readVector(`expected/${name}`).toString('latin1'))
    expect(mac).toBe('match')
  })
  it.each(vectorNames('expected').filter((name) => name.includes('.as-')))('%s comes out the same', async (name) => {
    const [file, output] = name.split('.as-') as [string, SopsFormat]
    const { bytes } = await decrypt(file, allKeys, { output })
    expect(Buffer.from(bytes).toString()).toBe(readVector(`expected/${name}`).toString())
  })
})

describe('keys', () => {
  it.each([
    ['secret-two-recipients.yaml', ['one.agekey']],
    ['secret-two-recipients.yaml', ['two.agekey']],
    ['groups.yaml', ['one.agekey', 'two.agekey']],
    ['groups.yaml', ['one.agekey', 'three.agekey']],
    ['groups.yaml', ['two.agekey', 'pgp.asc']],
    ['groups.yaml', ['one.agekey', 'two.agekey', 'three.agekey', 'pgp.asc']],
  ])('%s opens with %j', async (name, keys) => {
    const { bytes } = await decrypt(name, keys)
    expect(Buffer.from(bytes).toString()).toContain('s3cret-token')
  })
  it.each([
    ['secret.yaml', ['two.agekey'], /age age1\S+: none of the 1 age identities is of this recipient \(age1\S+\)/],
    ['secret.yaml', [], /age age1\S+: there is no age identity/],
    [
      'groups.yaml',
      ['two.agekey'],
      /\(1 of 2 needed key groups opened\): age age1\S+: none of .*pgp [0-9A-F]{40}: there is no OpenPGP/,
    ],
    [
      'secret-pgp.yaml',
      ['pgp-25519.asc'],
      /pgp [0-9A-F]{40}: none of the 1 OpenPGP private keys opens it \([0-9A-F]{40}\)/,
    ],
    ['secret-pgp.yaml', ['pgp-protected.asc'], /the OpenPGP private keys \([0-9A-F]{40}\) have a passphrase/],
  ])('%s does not open with %j, and the error says why', async (name, keys, message) => {
    const error = await decrypt(name, keys).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'KeyUnavailable', message: expect.stringMatching(message) })
    expect(String(error)).not.toContain('AGE-SECRET-KEY')
  })
})

describe('integrity', () => {
  it('tells a changed value of the open part by the MAC alone', async () => {
    const altered = readVector('encrypted/secret.yaml').toString().replace('app: web', 'app: bew')
    const keyServices = await servicesOf('one.agekey')
    const options = { input: 'yaml', keyServices, yaml, signal } as const
    const bytes = Buffer.from(altered)
    expect(await decryptFile(bytes, { ...options, verifyMac: true })).toMatchObject({ mac: 'mismatch' })
    expect(await decryptFile(bytes, options)).toMatchObject({ mac: 'unchecked' })
  })
  it('refuses an encrypted value that was moved, naming its path', async () => {
    const text = readVector('encrypted/secret.yaml').toString()
    const moved = Buffer.from(text.replace('    token: ENC', '    password: ENC'))
    const keyServices = await servicesOf('one.agekey')
    await expect(decryptFile(moved, { input: 'yaml', keyServices, yaml, signal })).rejects.toMatchObject({
      code: 'ValueRefused',
      message: expect.stringContaining("'stringData:password' does not authenticate"),
    })
  })
  it('looks at each part of a file that was put together', async () => {
    const file = (name: string): string => readVector(`encrypted/${name}`).toString()
    const text = [
      file('secret.yaml').replace('app: web', 'app: bew'),
      file('multi.yaml'),
      'kind: Plain\n',
      file('mac-only.yaml'),
    ].join('---\n')
    const parts = await verifyManifests(Buffer.from(text), {
      keyServices: await servicesOf('one.agekey'),
      yaml,
      signal,
    })
    expect(parts.map(({ matches }) => matches)).toEqual([false, true, true])
  })
  it('names what was secret in the file', async () => {
    const { secrets } = await decrypt('secret.yaml', ['one.agekey'])
    expect(secrets).toEqual(['s3cret-token', '3'])
  })
})

describe('bounds', () => {
  it.each<[string, SopsFormat, Uint8Array, string]>([
    ['a file beyond 5 MiB', 'binary', new Uint8Array(5 * 2 ** 20 + 1), 'TooLarge'],
    ['JSON nested too deep', 'json', Buffer.from('{"a":'.repeat(100_000)), 'TooLarge'],
    ['lists nested too deep', 'json', Buffer.from(`{"a":${'['.repeat(100_000)}`), 'TooLarge'],
    ['a file that is not encrypted', 'yaml', Buffer.from('a: s3cret\n'), 'NotEncrypted'],
    ['a dotenv file that is not encrypted', 'dotenv', Buffer.from('A=s3cret\n'), 'NotEncrypted'],
    ['what is no YAML', 'yaml', Buffer.from('a: [s3cret\n'), 'Malformed'],
    ['what is no JSON', 'json', Buffer.from('{"s3cret"'), 'Malformed'],
    ['what is no dotenv', 'dotenv', Buffer.from('s3cret\n'), 'Malformed'],
    ['what is no INI', 'ini', Buffer.from('[s3cret\n'), 'Malformed'],
    ['bytes that are no text', 'yaml', Buffer.from([0xff, 0xfe]), 'Malformed'],
    [
      'metadata without keys',
      'yaml',
      Buffer.from("sops:\n  lastmodified: '2024-01-01T00:00:00Z'\n"),
      'MetadataInvalid',
    ],
    ['metadata that is a text', 'json', Buffer.from('{"sops": "s3cret"}'), 'MetadataInvalid'],
  ])('%s is refused, without a quote', async (_name, input, bytes, code) => {
    const error = await decryptFile(bytes, { input, keyServices: {}, yaml, signal }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code })
    expect(String(error)).not.toContain('s3cret')
  })
})
