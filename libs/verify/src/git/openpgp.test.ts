// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { createMessage, generateKey, sign } from 'openpgp'
import { verifyOpenPgp } from './openpgp.ts'

const { privateKey } = await generateKey({ type: 'rsa', rsaBits: 2048, userIDs: [{ name: 'a' }], format: 'object' })
const payload = Buffer.from('tree')

it('refuses a key with numbers with which a signature takes minutes', async () => {
  const message = await createMessage({ binary: payload })
  const signature = await sign({ message, signingKeys: privateKey, detached: true })
  const key = privateKey.toPublic()
  expect(await verifyOpenPgp(signature, payload, [key.armor()], new Date())).toMatch(/^[0-9A-F]{16}$/)
  const params = key.keyPacket.publicParams as { e: Uint8Array }
  params.e = new Uint8Array(8000).fill(0xff)
  await expect(verifyOpenPgp(signature, payload, [key.armor()], new Date())).rejects.toMatchObject({
    code: 'InvalidKey',
    cause: expect.objectContaining({ message: 'a key has numbers of more than 8192 bits' }),
  })
})
