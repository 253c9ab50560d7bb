// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { generateKey } from 'openpgp'
import { readPgpIdentities } from './pgp.ts'

const begin = '-----BEGIN PGP PRIVATE KEY BLOCK-----'
const { privateKey } = await generateKey({ type: 'rsa', rsaBits: 2048, userIDs: [{ name: 'a' }], format: 'object' })

describe('readPgpIdentities', () => {
  it('reads all blocks of a text', async () => {
    const text = `what comes before\n${privateKey.armor()}\nbetween\n${privateKey.armor()}`
    const fingerprint = privateKey.getFingerprint().toUpperCase()
    expect(await readPgpIdentities(text)).toMatchObject([{ fingerprint }, { fingerprint }])
  })

  it('ends soon where blocks begin and do not end', async () => {
    await expect(readPgpIdentities(begin.repeat(100_000))).rejects.toMatchObject({ code: 'IdentityInvalid' })
  })

  it('refuses numbers with which to decrypt takes minutes', async () => {
    const { privateKey: long } = await generateKey({
      type: 'rsa',
      rsaBits: 2048,
      userIDs: [{ name: 'b' }],
      format: 'object',
    })
    const params = long.subkeys[0]?.keyPacket.publicParams as { n: Uint8Array }
    params.n = new Uint8Array(8000).fill(0xff)
    await expect(readPgpIdentities(long.armor())).rejects.toMatchObject({
      code: 'IdentityInvalid',
      message: 'an OpenPGP private key has numbers of more than 8192 bits',
    })
  })
})
