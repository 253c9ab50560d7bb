// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import { BusScene } from './bus-scene.ts'
import { Inbox } from './inbox.ts'

const events = 300
const kills = 3
/** Messages on their way to one Provider at the same time: what a kill may send a second time. */
const underWay = 4

let bus: BusScene
let inbox: Inbox
beforeAll(async () => {
  bus = await BusScene.open()
  inbox = await Inbox.start()
  await bus.scene.provider('inbox', { type: 'generic', address: inbox.url })
  const eventSources = [{ kind: 'Kustomization', name: '*' } as const]
  await bus.scene.alert('inbox', { providerRef: { name: 'inbox' }, eventSources })
})
afterAll(async () => {
  await bus[Symbol.asyncDispose]()
  await inbox[Symbol.asyncDispose]()
})

const told = (): string[] => inbox.json<{ message: string }>().map(({ message }) => message)

describe('a notification controller that is killed', () => {
  it('tells every event at least once, and few of them twice', async () => {
    bus.startController()
    for (let index = 0; index < events; index++) {
      await bus.publish(`${bus.prefix}-${index}`, `app-${index % 20}`, `message ${index}`)
      // the producer was killed before it heard of the acknowledgement: it publishes once more
      if (index % 10 === 0) await bus.publish(`${bus.prefix}-${index}`, `app-${index % 20}`, `message ${index}`)
    }
    for (let kill = 1; kill <= kills; kill++) {
      await eventually(() => expect(told().length).toBeGreaterThan((kill * events) / (kills + 2)), {
        timeoutMs: 120_000,
      })
      await bus.kill()
      bus.startController()
    }
    await eventually(() => expect(new Set(told()).size).toBe(events), { timeoutMs: 120_000 })
    expect(told().length - events).toBeLessThanOrEqual(kills * underWay)
  })
})
