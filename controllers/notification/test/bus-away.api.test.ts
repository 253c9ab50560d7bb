// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import { BusScene, eventOf } from './bus-scene.ts'
import { Inbox } from './inbox.ts'
import { Relay } from './relay.ts'

let bus: BusScene
let inbox: Inbox
let relay: Relay
beforeAll(async () => {
  bus = await BusScene.open()
  inbox = await Inbox.start()
  const { hostname: host, port } = new URL(bus.scene.cluster.natsUrl)
  relay = await Relay.start({ host, port: Number(port) })
  await bus.scene.provider('inbox', { type: 'generic', address: inbox.url })
  const eventSources = [{ kind: 'Kustomization', name: '*' } as const]
  await bus.scene.alert('inbox', { providerRef: { name: 'inbox' }, eventSources })
  bus.startController({ natsUrl: `nats://127.0.0.1:${relay.port}` })
})
afterAll(async () => {
  await bus[Symbol.asyncDispose]()
  await relay[Symbol.asyncDispose]()
  await inbox[Symbol.asyncDispose]()
})

const told = (): string[] => inbox.json<{ message: string }>().map(({ message }) => message)

async function post(message: string): Promise<void> {
  const body = JSON.stringify(eventOf(bus.scene.namespace, `app-${message.length}`, message))
  const { status } = await fetch(bus.scene.eventsUrl, { method: 'POST', body })
  if (status !== 202) throw new Error(`answered ${status}`)
}

it('events that are posted while the bus is away, and over a kill, are told when it is back', async () => {
  await eventually(() => post('first'))
  await eventually(() => expect(told()).toContain('first'))
  relay.cut()
  const messages = Array.from({ length: 100 }, (_, index) => `message ${index}`)
  for (const message of messages.slice(0, 50)) await post(message)
  await bus.kill()
  bus.startController({ natsUrl: `nats://127.0.0.1:${relay.port}` })
  await eventually(() => post('after the kill'))
  for (const message of messages.slice(50)) await post(message)
  expect(new Set(told())).toEqual(new Set(['first']))
  relay.mend()
  await eventually(() => expect(new Set(told())).toEqual(new Set(['first', 'after the kill', ...messages])), {
    timeoutMs: 90_000,
  })
  // the first may have been told before the bus heard that it was: it then comes again
  expect(told().filter((message) => message !== 'first')).toHaveLength(messages.length + 1)
})
