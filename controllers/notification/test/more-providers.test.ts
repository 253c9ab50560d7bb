// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { ProviderType } from '@tidelock/api'
import { telegramMessage } from '../src/providers/telegram.ts'
import { readDestination } from '../src/sender/destination.ts'
import { alert, eventWith, providerOf, startService, tell } from './wire.ts'

const failed = eventWith({
  ...{ severity: 'error', reason: 'BuildFailed', message: 'build <failed>' },
  metadata: { cluster: 'west:1' },
})

interface Case {
  readonly type: ProviderType
  readonly path: string
  readonly line: string
  readonly channel?: string
  readonly secret?: Record<string, string>
  readonly authorization?: string
  readonly headers?: Record<string, string>
  readonly body: object | string
}

const cases: readonly Case[] = [
  {
    ...{ type: 'rocket', path: '/hooks/1', line: 'POST /hooks/1' },
    body: {
      ...{ channel: 'room', username: 'kustomize-controller' },
      attachments: [
        {
          ...{ color: '#FF0000', author_name: 'kustomization/shop.apps', text: 'build <failed>', mrkdwn_in: ['text'] },
          fields: [{ title: 'cluster', value: 'west:1', short: false }],
        },
      ],
    },
  },
  {
    ...{ type: 'webex', path: '/v1/messages', line: 'POST /v1/messages' },
    ...{ secret: { token: 'bot-token' }, authorization: 'Bearer bot-token' },
    body: { roomId: 'room', markdown: '💣 **kustomization/shop.apps**\nbuild <failed>\n>**cluster**: west:1\n' },
  },
  {
    ...{ type: 'googlechat', path: '/v1/spaces/1', line: 'POST /v1/spaces/1' },
    body: {
      cards: [
        {
          header: { title: 'kustomization/shop.apps', subtitle: 'kustomize-controller' },
          sections: [
            { widgets: [{ textParagraph: { text: '<font color="#ff0000">build &lt;failed&gt;</font>' } }] },
            { widgets: [{ keyValue: { topLabel: 'cluster', content: 'west:1', contentMultiline: false } }] },
          ],
        },
      ],
    },
  },
  {
    ...{ type: 'opsgenie', path: '/v2/alerts', line: 'POST /v2/alerts' },
    ...{ secret: { token: 'api-key' }, authorization: 'GenieKey api-key' },
    body: {
      ...{ message: 'Kustomization/shop', description: 'build <failed>' },
      details: { cluster: 'west:1', severity: 'error' },
    },
  },
  {
    ...{ type: 'grafana', path: '/api/annotations/graphite', line: 'POST /api/annotations/graphite' },
    ...{ secret: { token: 'api-token', username: 'u', password: 'p' }, authorization: 'Bearer api-token' },
    body: {
      ...{ when: 1_767_323_045, text: 'kustomization/shop.apps' },
      tags: ['flux', 'kustomize-controller', 'cluster: west|1', 'kind: Kustomization', 'name: shop', 'namespace: apps'],
    },
  },
  {
    ...{ type: 'matrix', path: '', line: 'PUT /_matrix/client/r0/rooms/room/send/m.room.message/' },
    ...{ secret: { token: 'access' }, authorization: 'Bearer access' },
    body: { body: '🚨 kustomization/shop.apps\nbuild <failed>\n- cluster: west:1\n', msgtype: 'm.text' },
  },
  {
    ...{ type: 'lark', path: '/open-apis/bot/v2/hook/1', line: 'POST /open-apis/bot/v2/hook/1' },
    body: {
      msg_type: 'interactive',
      card: {
        config: { wide_screen_mode: true },
        header: { title: { tag: 'plain_text', content: '🚨 kustomization/shop.apps' }, template: 'red' },
        elements: [{ tag: 'div', text: { tag: 'lark_md', content: '**build &lt;failed&gt;**\n\ncluster: west:1\n' } }],
      },
    },
  },
  {
    ...{ type: 'zulip', path: '/any/path', line: 'POST /api/v1/messages', channel: 'general/flux/deploys' },
    ...{ secret: { username: 'bot', password: 'key' }, authorization: 'Basic Ym90OmtleQ==' },
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      content: '## Flux Status\n\n⚠️ Kustomization/apps/shop\n\nbuild <failed>\n\nMetadata:\n* `cluster`: west:1\n',
      ...{ to: 'general', topic: 'flux/deploys', type: 'stream' },
    }).toString(),
  },
  {
    ...{ type: 'datadog', path: '/any/path', line: 'POST /api/v1/events' },
    ...{ secret: { token: 'api-key' }, headers: { 'dd-api-key': 'api-key', accept: 'application/json' } },
    body: {
      ...{ alert_type: 'error', date_happened: 1_767_323_045, source_type_name: 'fluxcd', text: 'build <failed>' },
      ...{ title: 'Events from the Kustomization shop/apps' },
      tags: [
        ...['flux_reporting_controller:kustomize-controller', 'flux_reason:buildfailed', 'kube_kind:kustomization'],
        ...['kube_name:shop', 'kube_namespace:apps', 'cluster:west:1'],
      ],
    },
  },
]

it.each(cases)('$type is told in its own format', async (each) => {
  const { type, path, line, channel = 'room', secret = {}, authorization, headers = {}, body } = each
  await using service = await startService()
  await tell(providerOf(type, { address: service.url + path, channel }), failed, secret)
  expect(service.received).toHaveLength(1)
  const [request] = service.received
  expect(request?.line.startsWith(line)).toBe(true)
  expect(request?.headers.authorization).toBe(authorization)
  expect(request?.headers).toMatchObject(headers)
  expect(request).toMatchObject({ body })
})

it('matrix names the transaction by the event', async () => {
  await using service = await startService()
  const provider = providerOf('matrix', { address: service.url, channel: '!room:example.com' })
  for (const event of [failed, failed, eventWith()]) await tell(provider, event, { token: 'access' })
  const [first, again, other] = service.received.map(({ line }) => line)
  expect(first).toContain('/rooms/!room%3Aexample.com/send/')
  expect(again).toBe(first)
  expect(other).not.toBe(first)
})

it.each([
  ['zulip', { address: 'https://h', channel: 'general' }, {}, '<channel>/<topic>'],
  ['zulip', { address: 'https://h', channel: '/deploys' }, {}, '<channel>/<topic>'],
  ['zulip', { channel: 'general/deploys' }, {}, 'spec.address'],
  ['datadog', { address: 'https://h' }, {}, 'key token'],
  ['datadog', {}, { token: 'api-key' }, 'spec.address'],
  ['lark', {}, {}, 'spec.address'],
] as const)('%s with %j and the Secret %j says what is missing', async (type, spec, secret, part) => {
  await expect(tell(providerOf(type, spec), failed, { ...secret })).rejects.toMatchObject({
    code: 'InvalidConfig',
    message: expect.stringContaining(part),
  })
})

it('lark says no with the status of a yes', async () => {
  await using service = await startService({ 'POST /hook': { body: { code: 19_021, msg: 'sign match fail' } } })
  await expect(tell(providerOf('lark', { address: `${service.url}/hook` }), failed)).rejects.toMatchObject({
    code: 'Refused',
    message: 'Lark responded with error 19021: sign match fail',
  })
})

it('lark is quoted no further than a line', async () => {
  await using service = await startService({ 'POST /hook': { body: { code: 1, msg: 'x'.repeat(100_000) } } })
  const telling = tell(providerOf('lark', { address: `${service.url}/hook` }), failed)
  await expect(telling).rejects.toThrow(/^Lark responded with error 1: x{480,500}…$/)
})

it('lark gets no more than it takes, and good news in another colour', async () => {
  await using service = await startService({ 'POST /hook': { body: { code: 0 } } })
  const metadata = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`key-${index}`, '语'.repeat(900)]))
  const event = eventWith({ message: '\u0001'.repeat(39_000), metadata })
  await tell(providerOf('lark', { address: `${service.url}/hook` }), event)
  const text = JSON.stringify(service.received[0]?.body)
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000)
  expect(text).toContain('"template":"turquoise"')
})

describe('telegram', () => {
  const message = (spec: { channel?: string }, secret: Record<string, string>, event = failed) => {
    const provider = providerOf('telegram', spec)
    const data = new Map(Object.entries(secret).map(([key, value]) => [key, Buffer.from(value)]))
    return telegramMessage({ event, alert, provider }, readDestination(provider, { secret: data }))
  }

  it('gets MarkdownV2, in a topic where the channel names one', () => {
    expect(message({ channel: '-100:7' }, { token: '12:ab' })).toEqual({
      url: 'https://api.telegram.org/bot12:ab/sendMessage',
      body: JSON.stringify({
        chat_id: '-100',
        message_thread_id: '7',
        text: '*🚨 kustomization/shop/apps*\nbuild <failed\\>\n\\- *cluster*: west:1\n',
        parse_mode: 'MarkdownV2',
      }),
    })
  })
  it('cannot be led elsewhere by its token', () => {
    expect(message({ channel: '1' }, { token: '../x?' })).toMatchObject({
      url: 'https://api.telegram.org/bot..%2Fx%3F/sendMessage',
    })
  })
  it.each([
    [{}, { token: 'x' }],
    [{ channel: '1' }, {}],
  ])('says what is missing: %j %j', (spec, secret) => {
    expect(() => message(spec, secret as Record<string, string>)).toThrow(
      expect.objectContaining({ code: 'InvalidConfig' }),
    )
  })
})
