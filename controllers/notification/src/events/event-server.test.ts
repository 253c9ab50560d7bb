// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { expect, it } from '@jest/globals'
import type { FluxEvent } from '@tidelock/api'
import { createLogger } from '@tidelock/runtime'
import { FakeClock } from '@tidelock/testkit'
import { handleEvent } from './event-server.ts'
import { RateLimiter } from './rate-limiter.ts'

it('gives an event without a time that of its arrival, and knows it again', async () => {
  const clock = new FakeClock(Date.UTC(2026, 0, 2, 3, 4, 5))
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const accepted: [id: string, event: FluxEvent][] = []
  const dependencies = {
    ...{ clock, log: createLogger({ level: 'error', encoding: 'json' }, nowhere), rateLimitIntervalMs: 1 },
    limiter: new RateLimiter(clock, 1, 10),
    accept: async (id: string, event: FluxEvent) => void accepted.push([id, event]),
    onRefused: () => undefined,
  }
  const server = createServer((request, response) => void handleEvent(dependencies, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const post = async (event: object): Promise<number> =>
    (await fetch(url, { method: 'POST', body: JSON.stringify(event) })).status
  const event = { involvedObject: { kind: 'Kustomization', name: 'shop', namespace: 'apps' }, message: 'done' }
  const posted = [await post(event)]
  await clock.advance(60_000)
  posted.push(await post(event), await post({ ...event, message: 'other', timestamp: '2026-01-01T00:00:00Z' }))
  server.closeAllConnections()
  server.close()
  expect(posted).toEqual([202, 202, 202])
  const [first, again, timed] = accepted
  expect(again?.[0]).toBe(first?.[0])
  const times = [first, again, timed].map((each) => each?.[1].timestamp)
  expect(times).toEqual(['2026-01-02T03:04:05Z', '2026-01-02T03:05:05Z', '2026-01-01T00:00:00Z'])
})
