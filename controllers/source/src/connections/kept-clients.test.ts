// SPDX-License-Identifier: Apache-2.0
import { beforeEach, expect, it } from '@jest/globals'
import { clientKey } from './client-key.ts'
import type { ClientParts } from './client-key.ts'
import { KeptClients } from './kept-clients.ts'
import type { ClientUse, KeptClientsOptions } from './kept-clients.ts'

interface Client {
  readonly id: number
  isOpen: boolean
  close(): Promise<void>
}

let opened: Client[] = []
let nowMs = 0
beforeEach(() => {
  opened = []
  nowMs = 0
})

const open = (): Client => {
  const client: Client = {
    id: opened.length,
    isOpen: true,
    close: async () => {
      client.isOpen = false
    },
  }
  opened.push(client)
  return client
}
const keep = (options: Partial<KeptClientsOptions> = {}): KeptClients<Client> =>
  new KeptClients({ clock: { monotonic: () => nowMs }, ...options })
const use = (owner: string, key: string, purpose = 'main'): ClientUse => ({ owner, purpose, key })
/** Uses the client of the key once. */
async function run(kept: KeptClients<Client>, wanted: ClientUse): Promise<number> {
  await using acquired = kept.acquire(wanted, open)
  expect(acquired.client.isOpen).toBe(true)
  return acquired.client.id
}
const openIds = (): number[] => opened.filter(({ isOpen }) => isOpen).map(({ id }) => id)

it('keeps one client for all objects with one key', async () => {
  const kept = keep()
  expect(await run(kept, use('a', 'k'))).toBe(0)
  expect(await run(kept, use('b', 'k'))).toBe(0)
  expect(await run(kept, use('a', 'k'))).toBe(0)
  expect(await run(kept, use('c', 'other'))).toBe(1)
  expect(openIds()).toEqual([0, 1])
})

it('closes a client when the last object comes with another key or is gone, and not before it is handed back', async () => {
  const kept = keep()
  await run(kept, use('a', 'k'))
  const held = kept.acquire(use('b', 'k'), open)
  await run(kept, use('a', 'new'))
  await run(kept, use('b', 'new'))
  expect(openIds()).toEqual([0, 1])
  await held[Symbol.asyncDispose]()
  await held[Symbol.asyncDispose]()
  expect(openIds()).toEqual([1])
  await kept.forget('a')
  expect(openIds()).toEqual([1])
  await kept.forget('b')
  expect(openIds()).toEqual([])
})

it('tells the purposes of an object apart, and objects whose names begin alike', async () => {
  const kept = keep()
  await run(kept, use('a', 'k', 'one'))
  await run(kept, use('a', 'l', 'two'))
  await run(kept, use('ab', 'm', 'one'))
  expect(openIds()).toEqual([0, 1, 2])
  await kept.forget('a')
  expect(openIds()).toEqual([2])
})

it('bounds how many wait for use, and how long', async () => {
  const kept = keep({ maxIdle: 2, maxIdleMs: 1000 })
  for (const owner of ['a', 'b', 'c']) await run(kept, use(owner, owner))
  expect(openIds()).toEqual([1, 2])
  nowMs = 900
  await run(kept, use('c', 'c'))
  nowMs = 1100
  await run(kept, use('c', 'c'))
  expect(openIds()).toEqual([2])
  // an object whose client was closed gets another
  expect(await run(kept, use('a', 'a'))).toBe(3)
})

it('closes all at the end', async () => {
  const kept = keep()
  await run(kept, use('a', 'k'))
  kept.acquire(use('b', 'l'), open)
  await kept[Symbol.asyncDispose]()
  expect(openIds()).toEqual([])
  await run(kept, use('c', 'late'))
  expect(openIds()).toEqual([])
})

it('keys tell apart what must not be mixed', () => {
  const proxy = { url: 'http://p:3128', username: 'u', password: 'secret-1' }
  const basic = { username: 'u', password: 'secret-1' }
  const parts: ClientParts = {
    ...{ namespace: 'one', server: ['https://h', 1], tls: {}, proxy: () => undefined, credentials: undefined },
  }
  const variants: ClientParts[] = [
    parts,
    { ...parts, server: ['https://h2', 1] },
    { ...parts, proxy: undefined },
    { ...parts, proxy },
    { ...parts, proxy: { ...proxy, password: 'secret-2' } },
    { ...parts, proxy, namespace: 'two' },
    { ...parts, tls: { ca: 'x' } },
    { ...parts, tls: { cert: 'x', key: 'y' } },
    { ...parts, tls: { cert: 'x', key: 'y' }, namespace: 'two' },
    { ...parts, tls: { cert: 'x', key: 'z' } },
    { ...parts, credentials: basic },
    { ...parts, credentials: { ...basic, password: 'secret-2' } },
    { ...parts, credentials: basic, namespace: 'two' },
  ]
  const keys = variants.map(clientKey)
  expect(new Set(keys).size).toBe(variants.length)
  expect(clientKey({ ...parts, tls: { ca: Buffer.from('x') } })).toBe(clientKey({ ...parts, tls: { ca: 'x' } }))
  // who has nothing of its own may share with others of that kind
  expect(clientKey({ ...parts, namespace: 'two' })).toBe(clientKey(parts))
  expect(keys.join(' ')).not.toMatch(/secret|http/)
})
