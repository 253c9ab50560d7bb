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
  readonly secret?: Record<string, string>
  readonly authorization?: string
  readonly body: object
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
]

it.each(cases)('$type is told in its own format', async ({ type, path, line, secret = {}, authorization, body }) => {
  await using service = await startService()
  await tell(providerOf(type, { address: service.url + path, channel: 'room' }), failed, secret)
  expect(service.received).toHaveLength(1)
  const [request] = service.received
  expect(request?.line.startsWith(line)).toBe(true)
  expect(request?.headers.authorization).toBe(authorization)
  expect(request?.body).toMatchObject(body)
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
