// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { FluxEvent, ProviderSpec } from '@tidelock/api'
import { Inbox } from '../../test/inbox.ts'
import { notificationOf } from '../../test/notification.ts'
import { readDestination } from '../sender/destination.ts'
import { createSender } from '../sender/sender.ts'
import { checkApiAnswer } from './slack.ts'
import { notifiers } from './table.ts'

let inbox: Inbox
beforeEach(async () => {
  inbox = await Inbox.start()
})
afterEach(() => inbox[Symbol.asyncDispose]())

type Secret = Readonly<Record<string, string>>

async function tell(spec: ProviderSpec, event: Partial<FluxEvent> = {}, secret: Secret = {}): Promise<void> {
  const notification = notificationOf(spec, event)
  const data = new Map(Object.entries(secret).map(([key, value]) => [key, Buffer.from(value)]))
  const destination = readDestination(notification.provider, { secret: data })
  const sender = createSender(destination, { userAgent: 'test', now: () => 0 })
  try {
    await notifiers[spec.type]?.(notification, destination, sender, new AbortController().signal)
  } finally {
    await sender.close()
  }
}

describe('generic', () => {
  it('posts the event, with headers of the Secret', async () => {
    await tell({ type: 'generic', address: inbox.url }, { metadata: { revision: 'r' } }, { headers: 'X-Team: shop\n' })
    const [letter] = inbox.letters
    expect(letter).toMatchObject({
      method: 'POST',
      headers: { 'x-team': 'shop', 'gotk-component': 'kustomize-controller', 'content-type': 'application/json' },
    })
    expect(inbox.json()[0]).toMatchObject({ message: 'done', metadata: { revision: 'r' }, severity: 'info' })
  })
  it('takes the address of the Secret', async () => {
    await tell({ type: 'generic', address: 'http://127.0.0.1:1/' }, {}, { address: `${inbox.url}path\n` })
    expect(inbox.letters[0]?.path).toBe('/path')
  })
  it('sends headers as UTF-8, as Flux does', async () => {
    await tell({ type: 'generic', address: inbox.url }, {}, { headers: 'X-Team: 木\n' })
    expect(Buffer.from(inbox.letters[0]?.headers['x-team'] as string, 'latin1').toString('utf8')).toBe('木')
  })
  it.each(['', 'nonsense', 'ftp://host/'])('refuses the address %j and does not show it', async (address) => {
    await expect(tell({ type: 'generic', address })).rejects.toMatchObject({
      code: 'InvalidConfig',
      message: expect.stringMatching(/^invalid hook address/),
    })
  })
  it.each([
    [200, undefined],
    [204, undefined],
    [302, 'Refused'],
    [400, 'Refused'],
    [404, 'Refused'],
    [408, 'Unavailable'],
    [429, 'Unavailable'],
    [500, 'Unavailable'],
    [503, 'Unavailable'],
    ['cut' as const, 'Unavailable'],
  ])('takes %s as %s', async (behaviour, code) => {
    inbox.behaviour = behaviour
    const outcome = await tell({ type: 'generic', address: inbox.url }).catch((error: { code: string }) => error)
    expect((outcome as { code?: string } | undefined)?.code).toBe(code)
  })
  it('quotes an answer in one line, without what a terminal would obey', async () => {
    inbox.behaviour = (_request, response) => response.writeHead(400).end('no\r\n\u001b[31m such\tchannel\n')
    const refused = tell({ type: 'generic', address: inbox.url })
    await expect(refused).rejects.toThrow(/^request failed with status code 400: no \[31m such channel$/)
  })
  it('passes on what the service asks to wait, and hides what the Secret holds', async () => {
    inbox.behaviour = ({ headers }, response) =>
      response.writeHead(503, { 'retry-after': '7' }).end(`you sent ${headers.authorization}`)
    const failing = tell({ type: 'generic', address: inbox.url }, {}, { headers: 'Authorization: s3cret-value' })
    await expect(failing).rejects.toMatchObject({
      details: { status: 503, retryAfterMs: 7000 },
      message: expect.stringMatching(/^request failed with status code 503: you sent \*+$/),
    })
  })
  it('hides it also where a long answer is cut', async () => {
    inbox.behaviour = ({ headers }, response) =>
      response.writeHead(400).end(`${'x'.repeat(500)}${headers.authorization}`)
    const failing = tell({ type: 'generic', address: inbox.url }, {}, { headers: 'Authorization: s3cret-value-of-20' })
    await expect(failing).rejects.toThrow(/^request failed with status code 400: x{500}\*+$/)
  })
})

it('generic-hmac signs the body, and wants a key', async () => {
  await tell({ type: 'generic-hmac', address: inbox.url }, {}, { token: 'key' })
  const [letter] = inbox.letters
  const signature = createHmac('sha256', 'key')
    .update(letter?.body ?? '')
    .digest('hex')
  expect(letter?.headers['x-signature']).toBe(`sha256=${signature}`)
  await expect(tell({ type: 'generic-hmac', address: inbox.url })).rejects.toMatchObject({ code: 'InvalidConfig' })
})

describe('slack', () => {
  it('refuses a token that holds a line break, and does not show it', async () => {
    const failing = tell({ type: 'slack', address: inbox.url, channel: 'ops' }, {}, { token: 'xoxb\ns3cret' })
    await expect(failing).rejects.toMatchObject({
      code: 'InvalidConfig',
      message: expect.stringMatching(/^(?!.*s3cret).*header 'authorization' holds a line break/),
    })
    expect(inbox.letters).toEqual([])
  })
  it('posts an attachment', async () => {
    await tell(
      { type: 'slack', address: inbox.url, channel: 'ops' },
      { severity: 'error', metadata: { revision: 'r' }, message: 'one\ntwo' },
      { token: 'xoxb' },
    )
    expect(inbox.letters[0]?.headers.authorization).toBe('Bearer xoxb')
    expect(inbox.json()[0]).toMatchObject({
      channel: 'ops',
      username: 'kustomize-controller',
      attachments: [
        {
          ...{
            color: 'danger',
            author_name: 'kustomization/shop.apps',
            fallback: 'kustomization/shop.apps: one',
            text: 'one\ntwo',
          },
          ...{ mrkdwn_in: ['text'], fields: [{ title: 'revision', value: 'r', short: false }] },
        },
      ],
    })
  })
  it.each([
    ['{"ok":true}', undefined],
    ['{"ok":false,"error":"channel_not_found"}', 'Slack responded with error: channel_not_found'],
    ['<html>', 'Slack responded with something that is no JSON'],
  ])('reads the answer %s of the API', (text, problem) => {
    expect(checkApiAnswer({ text })).toBe(problem)
  })
  it('shows the name of the Provider, and good news in green', async () => {
    await tell({ type: 'slack', address: inbox.url, username: 'tidelock' })
    expect(inbox.json()[0]).toMatchObject({ username: 'tidelock', attachments: [{ color: 'good' }] })
  })
})
