// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import ssh2 from 'ssh2'
import { scanHostKeys } from './ssh-host-keys.ts'

const pkcs1 = { type: 'pkcs1', format: 'pem' } as const
const sec1 = { type: 'sec1', format: 'pem' } as const

async function serve(hostKeys: readonly string[]): Promise<ssh2.Server> {
  const server = new ssh2.Server({ hostKeys: [...hostKeys] }, (client) => client.on('error', () => undefined))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

const scan = (port: number): Promise<string> =>
  scanHostKeys({ host: '127.0.0.1', port, signal: AbortSignal.timeout(60_000) })

describe('scanHostKeys', () => {
  it('reads the key of each family', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export(pkcs1)
    const ecdsa = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export(sec1)
    const server = await serve([rsa, ecdsa])
    try {
      const { port } = server.address() as AddressInfo
      const publicKeys = [ecdsa, rsa].map((key) => {
        const parsed = ssh2.utils.parseKey(key)
        if (parsed instanceof Error) throw parsed
        return `[127.0.0.1]:${port} ${parsed.type} ${parsed.getPublicSSH().toString('base64')}`
      })
      expect((await scan(port)).split('\n')).toEqual(publicKeys)
    } finally {
      server.close()
    }
  })

  it('says why there is none', async () => {
    const server = await serve([])
    const { port } = server.address() as AddressInfo
    await new Promise<void>((resolve) => void server.close(() => resolve()))
    await expect(scan(port)).rejects.toThrow(`no host key of 127.0.0.1:${port} could be read: connect ECONNREFUSED`)
  })

  it('gives up when it is told to', async () => {
    const stopped = AbortSignal.abort(new Error('enough'))
    await expect(scanHostKeys({ host: '127.0.0.1', port: 1, signal: stopped })).rejects.toThrow('enough')
  })
})
