// SPDX-License-Identifier: Apache-2.0
// The controller ends by SIGKILL between every two steps of an event's way, each time with another event.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import type { TellStep } from '../src/dispatch/steps.ts'
import { BusScene, eventOf } from './bus-scene.ts'
import { Inbox } from './inbox.ts'

/** In the order of an event's way. `refused` says that the service refuses it, so that it becomes a dead letter. */
const points: readonly { readonly step: TellStep | 'acknowledged'; readonly by: 'bus' | 'post' | 'refused' }[] = [
  { step: 'accepted', by: 'post' },
  { step: 'received', by: 'bus' },
  { step: 'matched', by: 'bus' },
  { step: 'sending', by: 'bus' },
  { step: 'answered', by: 'bus' },
  { step: 'noted', by: 'bus' },
  { step: 'settled', by: 'bus' },
  { step: 'acknowledged', by: 'bus' },
  { step: 'dead-letter-kept', by: 'refused' },
]

let bus: BusScene
let inbox: Inbox
beforeAll(async () => {
  bus = await BusScene.open()
  inbox = await Inbox.start(({ body }, response) => {
    const { message } = JSON.parse(body) as { message: string }
    response.writeHead(message === 'dead-letter-kept' ? 400 : 200).end()
  })
  await bus.scene.provider('inbox', { type: 'generic', address: inbox.url })
  const eventSources = [{ kind: 'Kustomization', name: '*' } as const]
  await bus.scene.alert('inbox', { providerRef: { name: 'inbox' }, eventSources })
})
afterAll(async () => {
  await bus[Symbol.asyncDispose]()
  await inbox[Symbol.asyncDispose]()
})

const idOf = (index: number): string => String(index).padStart(32, '0')

/** Posts as our controllers do, until somebody answers; whoever dies has answered nobody. */
async function post(id: string, message: string): Promise<void> {
  const body = JSON.stringify(eventOf(bus.scene.namespace, message, message))
  const request = { method: 'POST', body, headers: { 'x-tidelock-event-id': id } }
  await eventually(async () => {
    const response = await fetch(bus.scene.eventsUrl, request).catch(async (error: Error) => {
      const { code } = error.cause as NodeJS.ErrnoException
      // not there yet; a cut connection is the death that is wanted
      if (code === 'ECONNREFUSED') throw error
    })
    expect(response?.status ?? 202).toBe(202)
  })
}

it('tells every event whatever step it dies after, and only what the service had already once more', async () => {
  for (const [index, { step, by }] of points.entries()) {
    const id = idOf(index)
    bus.startController({ kill: { step, id } })
    if (by === 'post') await post(id, step)
    else await bus.publish(id, step, step)
    expect(await bus.ended()).toBe('SIGKILL')
  }
  bus.startController()
  const told = (): Record<string, number> => {
    const counts: Record<string, number> = {}
    for (const { message } of inbox.json<{ message: string }>()) counts[message] = (counts[message] ?? 0) + 1
    return counts
  }
  await bus.publish('last', 'last', 'last')
  const all = [...points.map(({ step }) => step), 'last'].sort()
  await eventually(() => expect(Object.keys(told()).sort()).toEqual(all), { timeoutMs: 90_000 })
  // the service had taken the one, and refused the other, before anything could say so
  await eventually(() => expect(told()['answered']).toBeGreaterThan(1), { timeoutMs: 90_000 })
  await eventually(() => expect(told()['dead-letter-kept']).toBeGreaterThan(1), { timeoutMs: 90_000 })
  // a kill repeats what was on its way, which is one message: its own event's or that of an event before
  const repeated = Object.values(told()).reduce((sum, count) => sum + count - 1, 0)
  expect(repeated).toBeLessThanOrEqual(points.length)
  const provider = await eventually(async () => {
    const found = await bus.scene.client.get(bus.scene.ref('Provider', 'inbox'))
    expect(found.metadata.annotations).toHaveProperty(['notification.tidelock.dev/dead-letters'])
    return found
  })
  // the second refusal takes the place of the first
  expect(provider.metadata.annotations?.['notification.tidelock.dev/dead-letters']).toBe('1')
})
