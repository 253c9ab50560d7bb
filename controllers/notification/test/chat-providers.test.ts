// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { eventWith, providerOf, startService, tell } from './wire.ts'

const failed = eventWith({ severity: 'error', reason: 'BuildFailed', message: 'kustomize build failed' })

const wordy = Array.from({ length: 60 }, (_, index): [string, string] => [
  `key${index}`.padEnd(300, 'k'),
  'v'.repeat(5000),
])

interface SlackAttachment {
  readonly text: string
  readonly author_name: string
  readonly fields: { title: string; value: string }[]
}

describe('discord', () => {
  it.each(['/api/webhooks/1/abc', '/api/webhooks/1/abc/slack'])('takes the format of Slack at %s', async (path) => {
    await using service = await startService()
    await tell(providerOf('discord', { address: service.url + path, username: 'bot', channel: 'ignored' }), failed)
    expect(service.received).toHaveLength(1)
    expect(service.received[0]).toMatchObject({
      line: 'POST /api/webhooks/1/abc/slack',
      body: {
        username: 'bot',
        attachments: [{ color: 'danger', author_name: 'kustomization/shop.apps', text: 'kustomize build failed' }],
      },
    })
  })
  it('is told no more than an embed may hold', async () => {
    await using service = await startService()
    await tell(providerOf('discord', { address: `${service.url}/x` }), eventWith({ message: '😀'.repeat(3000) }))
    const { attachments = [] } = (service.received[0]?.body ?? {}) as { attachments?: { text: string }[] }
    expect(attachments[0]?.text.length).toBeLessThanOrEqual(4096)
    expect(attachments[0]?.text.isWellFormed()).toBe(true)
    expect(attachments[0]?.text.endsWith('😀…')).toBe(true)
  })
  it('gets no more fields than an embed may hold, and none that is empty', async () => {
    await using service = await startService()
    const metadata = Object.fromEntries([...wordy, ['empty', '']])
    await tell(
      providerOf('discord', { address: `${service.url}/x` }),
      eventWith({ message: 'm'.repeat(9000), metadata }),
    )
    const { attachments = [] } = (service.received[0]?.body ?? {}) as { attachments?: SlackAttachment[] }
    const [{ text, author_name: author, fields } = { text: '', author_name: '', fields: [] }] = attachments
    expect(fields.length).toBeGreaterThan(0)
    expect(fields.length).toBeLessThanOrEqual(25)
    for (const { title, value } of fields) {
      expect(title.length).toBeLessThanOrEqual(256)
      expect(value.length).toBeLessThanOrEqual(1024)
      expect(value).not.toBe('')
    }
    const inAll = fields.reduce(
      (sum, { title, value }) => sum + title.length + value.length,
      text.length + author.length,
    )
    expect(inAll).toBeLessThanOrEqual(6000)
  })
})

describe('slack', () => {
  it('shows a message as it is: what stands in it calls nobody and links nowhere', async () => {
    await using service = await startService()
    const message = 'a & b <!channel> <https://evil.example|click>\n<nil>'
    await tell(providerOf('slack', { address: service.url }), eventWith({ message }))
    expect(service.received[0]?.body).toMatchObject({
      attachments: [
        {
          fallback: 'kustomization/shop.apps: a &amp; b &lt;!channel&gt; &lt;https://evil.example|click&gt;',
          text: 'a &amp; b &lt;!channel&gt; &lt;https://evil.example|click&gt;\n&lt;nil&gt;',
        },
      ],
    })
  })
})

describe('msteams', () => {
  it('gets an Adaptive Card, the summary first, errors in the colour of attention', async () => {
    await using service = await startService()
    const event = { ...failed, metadata: { revision: 'main@sha1:abc', cluster: 'west', summary: 'the shop' } }
    await tell(providerOf('msteams', { address: `${service.url}/workflows/1` }), event)
    const { attachments = [], type } = (service.received[0]?.body ?? {}) as {
      type?: string
      attachments?: { contentType: string; content: { version: string; body: { items: object[] }[] } }[]
    }
    expect(type).toBe('message')
    expect(attachments[0]?.contentType).toBe('application/vnd.microsoft.card.adaptive')
    expect(attachments[0]?.content.version).toBe('1.4')
    expect(attachments[0]?.content.body[0]?.items).toEqual([
      { type: 'TextBlock', text: 'kustomization/shop.apps', size: 'large', weight: 'bolder', wrap: true },
      { type: 'TextBlock', text: 'kustomize build failed', wrap: true, color: 'attention' },
      {
        type: 'FactSet',
        facts: [
          { title: 'summary', value: 'the shop' },
          { title: 'cluster', value: 'west' },
          { title: 'revision', value: 'main@sha1:abc' },
        ],
      },
    ])
  })
  it('stays below the 28 KB that Teams takes', async () => {
    await using service = await startService()
    await tell(providerOf('msteams', { address: `${service.url}/x` }), eventWith({ message: '语'.repeat(39_000) }))
    expect(Buffer.byteLength(JSON.stringify(service.received[0]?.body))).toBeLessThan(28 * 1024)
  })
  it.each([
    ['with much metadata', 'm'.repeat(39_000), Object.fromEntries(wordy)],
    ['where each character takes six bytes', '\u0001'.repeat(39_000), { text: '\u0001'.repeat(39_000) }],
  ])('also %s', async (_title, message, metadata) => {
    await using service = await startService()
    await tell(providerOf('msteams', { address: `${service.url}/x` }), eventWith({ message, metadata }))
    const text = JSON.stringify(service.received[0]?.body)
    expect(Buffer.byteLength(text)).toBeLessThan(28 * 1024)
    expect(text).toContain(message.startsWith('m') ? 'mmm' : String.raw`\u0001\u0001`)
  })
})

describe('pagerduty', () => {
  it('opens an incident for an error', async () => {
    await using service = await startService()
    await tell(providerOf('pagerduty', { address: `${service.url}/any/path`, channel: 'routing-key' }), failed)
    expect(service.received.map(({ line, body }) => ({ line, body }))).toEqual([
      {
        line: 'POST /v2/enqueue',
        body: {
          routing_key: 'routing-key',
          event_action: 'trigger',
          dedup_key: 'object-uid',
          payload: {
            summary: 'build failed: kustomization/shop',
            source: 'Flux kustomize-controller',
            timestamp: '2026-01-02T03:04:05Z',
            severity: 'error',
            component: 'shop',
            group: 'Kustomization',
            custom_details: { message: 'kustomize build failed', metadata: failed.metadata },
          },
        },
      },
    ])
  })
  it('resolves it, and tells of a change, when all is well', async () => {
    await using service = await startService()
    await tell(providerOf('pagerduty', { address: service.url, channel: 'key' }), eventWith())
    expect(service.received.map(({ line }) => line)).toEqual(['POST /v2/enqueue', 'POST /v2/change/enqueue'])
    expect(service.received[0]?.body).toEqual({
      routing_key: 'key',
      event_action: 'resolve',
      dedup_key: 'object-uid',
    })
    expect(service.received[1]?.body).toMatchObject({
      routing_key: 'key',
      payload: { summary: 'reconciliation succeeded: kustomization/shop', source: 'Flux kustomize-controller' },
    })
  })
  it('is not told of progress', async () => {
    await using service = await startService()
    await tell(providerOf('pagerduty', { address: service.url }), eventWith({ reason: 'Progressing' }))
    expect(service.received).toEqual([])
  })
})

describe('alertmanager', () => {
  it('gets a firing alert with the metadata as labels', async () => {
    await using service = await startService()
    const provider = providerOf('alertmanager', { address: `${service.url}/api/v2/alerts` })
    await tell(provider, { ...failed, metadata: { summary: 'the shop', cluster: 'west', kind: 'not this' } })
    expect(service.received[0]).toMatchObject({
      line: 'POST /api/v2/alerts',
      body: [
        {
          status: 'firing',
          labels: {
            alertname: 'FluxKustomizationBuildfailed',
            severity: 'error',
            reason: 'BuildFailed',
            kind: 'Kustomization',
            name: 'shop',
            namespace: 'apps',
            reportingcontroller: 'kustomize-controller',
            cluster: 'west',
          },
          annotations: { message: 'kustomize build failed', summary: 'the shop' },
          startsAt: '2026-01-02T03:04:05Z',
        },
      ],
    })
    expect(JSON.stringify(service.received[0]?.body).match(/the shop/g)).toHaveLength(1)
  })
  it.each([
    [{ token: 'secret-token' }, 'Bearer secret-token'],
    [{ username: 'me', password: 'pass' }, 'Basic bWU6cGFzcw=='],
    [{ username: 'me', password: 'pass', token: 'secret-token' }, 'Basic bWU6cGFzcw=='],
    [{}, undefined],
  ])('with the Secret %j sends the authorization %s', async (secret, authorization) => {
    await using service = await startService()
    await tell(providerOf('alertmanager', { address: service.url }), failed, secret)
    expect(service.received[0]?.headers.authorization).toBe(authorization)
  })
})

describe.each(['discord', 'msteams', 'pagerduty', 'alertmanager'] as const)('%s', (type) => {
  it('says that an address is missing, and which field', async () => {
    await expect(tell(providerOf(type), failed)).rejects.toMatchObject({
      code: 'InvalidConfig',
      message: expect.stringContaining('spec.address'),
    })
  })
  it('hides the address where nobody answers', async () => {
    const address = 'http://127.0.0.1:1/hooks/very-secret-part'
    const error = await tell(providerOf(type, { address }), failed).catch((each: unknown) => each)
    expect(error).toMatchObject({ code: 'Unavailable' })
    expect(String(error)).not.toContain('very-secret-part')
  })
})
