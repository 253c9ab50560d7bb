// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { FluxEvent } from '@tidelock/api'
import { eventWith, providerOf, startService, tell } from './wire.ts'

async function lettersFor(event: FluxEvent, path = '/42', secret = '') {
  await using service = await startService()
  const address = `${service.url.replace('://', `://public${secret}@`)}${path}`
  await tell(providerOf('sentry', { address, channel: 'production' }), event)
  return service.received.map(({ line, headers, body }) => ({
    line,
    headers,
    envelope: String(body)
      .trimEnd()
      .split('\n')
      .map((each) => JSON.parse(each) as Record<string, unknown>),
  }))
}

const failed = eventWith({ severity: 'error', reason: 'BuildFailed', message: 'build\nfailed é' })

it('gets an error as an event', async () => {
  const [letter] = await lettersFor(failed)
  expect(letter?.line).toBe('POST /api/42/envelope/')
  expect(letter?.headers).toMatchObject({
    'content-type': 'application/x-sentry-envelope',
    'x-sentry-auth': 'Sentry sentry_version=7, sentry_client=tidelock/1, sentry_key=public',
  })
  const [head, item, payload] = letter?.envelope ?? []
  expect(head).toEqual({ event_id: expect.stringMatching(/^[0-9a-f]{32}$/) })
  expect(item).toEqual({ type: 'event', length: Buffer.byteLength(JSON.stringify(payload)) })
  expect(payload).toEqual({
    event_id: head?.['event_id'],
    level: 'error',
    server_name: 'kustomize-controller',
    contexts: { metadata: failed.metadata },
    environment: 'production',
    platform: 'other',
    message: 'build\nfailed é',
    timestamp: '2026-01-02T03:04:05Z',
    transaction: 'Kustomization: apps/shop',
  })
})

it('gets good news as a transaction, which raises no alert', async () => {
  const [letter] = await lettersFor(eventWith(), '/prefix/42', ':secret')
  expect(letter?.line).toBe('POST /prefix/api/42/envelope/')
  expect(letter?.headers['x-sentry-auth']).toMatch(/sentry_key=public, sentry_secret=secret$/)
  const [, item, payload] = letter?.envelope ?? []
  expect(item).toMatchObject({ type: 'transaction' })
  const tags = {
    flux_involved_object_kind: 'Kustomization',
    flux_involved_object_namespace: 'apps',
    flux_involved_object_name: 'shop',
    flux_reporting_controller: 'kustomize-controller',
    flux_reason: 'ReconciliationSucceeded',
    revision: `main@sha1:${'a'.repeat(40)}`,
  }
  const trace = {
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
    op: 'event',
  }
  expect(payload).toMatchObject({
    ...{ type: 'transaction', transaction: 'Kustomization: apps/shop', tags, contexts: { trace } },
    start_timestamp: '2026-01-02T03:04:05Z',
    timestamp: '2026-01-02T03:04:05Z',
    spans: [{ ...trace, tags, start_timestamp: '2026-01-02T03:04:05Z' }],
  })
})

it('knows an event that comes again by its id', async () => {
  const ids = await Promise.all(
    [failed, failed, eventWith()].map(async (event) => (await lettersFor(event))[0]?.envelope[0]?.['event_id']),
  )
  expect(ids[0]).toBe(ids[1])
  expect(ids[0]).not.toBe(ids[2])
})

it.each(['', 'https://sentry.example/42', 'https://public@sentry.example', 'no address'])(
  'refuses the DSN %j without showing it',
  async (address) => {
    await expect(tell(providerOf('sentry', { address }), failed)).rejects.toMatchObject({
      code: 'InvalidConfig',
      message: expect.stringMatching(/^invalid Sentry DSN.*spec\.address/),
    })
  },
)
