// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import { eventOf } from './bus-scene.ts'
import { Scene } from './harness.ts'
import { Inbox } from './inbox.ts'
import type { Behaviour } from './inbox.ts'

const limited: Behaviour = (_letter, response) => response.writeHead(429, { 'retry-after': '1' }).end()
const failures: Readonly<Record<string, Behaviour>> = {
  hanging: 'hang',
  failing: 500,
  cutting: 'cut',
  limiting: limited,
}

let scene: Scene
const inboxes: Record<string, Inbox> = {}
beforeAll(async () => {
  scene = await Scene.open()
  for (const name of [...Object.keys(failures), 'healthy']) {
    const inbox = await Inbox.start()
    inboxes[name] = inbox
    // only silence needs a bound that is soon over; whoever is healthy must not run into it on a busy machine
    const timeout = name === 'hanging' ? '1s' : '1m'
    await scene.provider(name, { type: 'generic', address: inbox.url, timeout })
    const eventSources = [{ kind: 'Kustomization', name: '*' } as const]
    await scene.alert(name, { providerRef: { name }, eventSources })
  }
  let probe = 0
  await eventually(async () => {
    await post('probe', `is everybody there ${probe++}`)
    if (Object.values(inboxes).some(({ letters }) => letters.length === 0)) throw new Error('not everybody is there')
  })
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  for (const inbox of Object.values(inboxes)) await inbox[Symbol.asyncDispose]()
})

async function post(name: string, message: string): Promise<void> {
  const body = JSON.stringify(eventOf(scene.namespace, name, message))
  const response = await fetch(scene.eventsUrl, { method: 'POST', body })
  if (response.status !== 202) throw new Error(`answered ${response.status}`)
}

const toldBy = (inbox: Inbox | undefined): string[] =>
  (inbox?.json<{ message: string }>() ?? [])
    .map(({ message }) => message)
    .filter((message) => message.startsWith('message'))

describe('a Provider that does not answer as it should', () => {
  it('delays nobody else, and gets everything when it is back', async () => {
    for (const [name, behaviour] of Object.entries(failures)) if (inboxes[name]) inboxes[name].behaviour = behaviour
    const messages = Array.from({ length: 60 }, (_, index) => `message ${index}`)
    for (const [index, message] of messages.entries()) await post(`app-${index % 7}`, message)
    // all others still fail: none of them was waited for
    await eventually(() => expect(new Set(toldBy(inboxes['healthy']))).toEqual(new Set(messages)))
    expect(toldBy(inboxes['healthy'])).toHaveLength(messages.length)
    for (const name of Object.keys(failures)) {
      const event = await scene.untilEvent(name, 'NotificationDispatchFailed')
      expect(event).toMatchObject({ type: 'Warning', message: expect.stringContaining('it is tried again') })
    }
    const before = Object.fromEntries(Object.keys(failures).map((name) => [name, inboxes[name]?.letters.length ?? 0]))
    for (const name of Object.keys(failures)) {
      if (inboxes[name]) inboxes[name].behaviour = 200
      // whoever mends a Provider need not wait for the next try
      await scene.client.patch(scene.ref('Provider', name), { type: 'merge', body: { spec: { timeout: '2m' } } })
    }
    await eventually(() => {
      for (const name of Object.keys(failures)) {
        const since = inboxes[name]?.json<{ message: string }>().slice(before[name]) ?? []
        const got = new Set([...since.map(({ message }) => message)])
        expect(messages.filter((message) => !got.has(message))).toEqual([])
      }
    })
  })
})
