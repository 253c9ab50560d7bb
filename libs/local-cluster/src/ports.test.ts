// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { findFreePort, isPortFree } from './ports.ts'

describe('findFreePort', () => {
  it('never hands out the same port twice', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => findFreePort()))
    expect(new Set(ports).size).toBe(20)
    // a connection that goes out must not come to sit on the port of a server that restarts
    for (const port of ports) expect(port).toBeLessThan(32_768)
  })
})

describe('isPortFree', () => {
  it('knows a taken port', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    expect(await isPortFree(port)).toBe(false)
    server.close()
    await once(server, 'close')
    expect(await isPortFree(port)).toBe(true)
  })
})
