// SPDX-License-Identifier: Apache-2.0
// The stream is so small that it drops events while the controller is away.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { findFreePort } from '@tidelock/local-cluster'
import { eventually } from '@tidelock/testkit'
import { BusScene } from './bus-scene.ts'
import { Inbox } from './inbox.ts'

let bus: BusScene
let inbox: Inbox
let metricsUrl: string
beforeAll(async () => {
  const port = await findFreePort()
  metricsUrl = `http://127.0.0.1:${port}/metrics`
  const flags = [`--metrics-addr=127.0.0.1:${port}`, '--export-http-path-metrics']
  bus = await BusScene.open({ flags, maxBytes: 1 << 16 })
  inbox = await Inbox.start()
  await bus.scene.provider('inbox', { type: 'generic', address: inbox.url })
  const eventSources = [{ kind: 'Kustomization', name: '*' } as const]
  await bus.scene.alert('inbox', { providerRef: { name: 'inbox' }, eventSources })
  bus.startController()
})
afterAll(async () => {
  await bus[Symbol.asyncDispose]()
  await inbox[Symbol.asyncDispose]()
})

const told = (): Set<string> =>
  new Set(inbox.json<{ message: string }>().map(({ message }) => message.split(' ', 1)[0] ?? ''))

async function metric(name: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text()
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return Number(line?.split(' ')[1])
}

it('counts events that the stream dropped before they were seen, and says so on the Alerts', async () => {
  await bus.publish('first', 'app', 'first')
  await eventually(() => expect(told()).toContain('first'))
  await eventually(async () => expect(await metric('tidelock_events_overtaken_total')).toBe(0))
  await bus.kill()
  const filler = 'x'.repeat(8 << 10)
  for (let index = 0; index < 20; index++) await bus.publish(`id-${index}`, `app-${index}`, `${index} ${filler}`)
  bus.startController()
  await eventually(() => expect(told()).toContain('19'), { timeoutMs: 90_000 })
  const lost = await eventually(async () => {
    const count = await metric('tidelock_events_overtaken_total')
    expect(count).toBeGreaterThan(0)
    return count
  })
  await eventually(() => expect(told().size).toBe(1 + 20 - lost))
  const { type, message } = await bus.scene.untilEvent('inbox', 'EventsOvertaken')
  expect(type).toBe('Warning')
  expect(message).toContain(`dropped ${lost} events`)
  expect(await metric('tidelock_events_behind')).toBe(0)
})

it('has the metrics of Flux’s servers, by path where that is asked for', async () => {
  const { status } = await fetch(bus.scene.eventsUrl, { method: 'POST', body: 'no event' })
  expect(status).toBe(400)
  await fetch(`${bus.scene.webhooksUrl}/hook/made-up`, { method: 'POST' })
  const text = await eventually(async () => {
    const all = await (await fetch(metricsUrl)).text()
    expect(all).toContain('gotk_receiver_http_request_duration_seconds_count')
    expect(all).toContain('gotk_event_http_request_duration_seconds_count')
    return all
  })
  const lines = text.split('\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'gotk_event_http_request_duration_seconds_count{service="",handler="/",method="POST",code="400"} 1',
      'gotk_event_http_response_size_bytes_count{service="",handler="/",method="POST",code="400"} 1',
      'gotk_event_http_requests_inflight{service="",handler="/"} 0',
      // a path that leads nowhere is no label
      'gotk_receiver_http_request_duration_seconds_count{service="",handler="/hook/",method="POST",code="404"} 1',
      'gotk_receiver_http_requests_inflight{service="",handler="/hook/"} 0',
    ]),
  )
})
