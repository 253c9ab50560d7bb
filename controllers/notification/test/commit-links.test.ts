// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { FluxEvent, ProviderType } from '@tidelock/api'
import { mergeMetadata } from '../src/dispatch/merge-metadata.ts'
import { splitCommitLink } from '../src/providers/commit-link.ts'
import { notifiers } from '../src/providers/table.ts'
import { readDestination } from '../src/sender/destination.ts'
import { alert, eventWith, providerOf } from './wire.ts'

const hash = 'a1b2c3d'.padEnd(40, '0')
const url = `https://github.com/org/app/commit/${hash}`
const text = 'Commit a1b2c3d on github.com'
const revision = `main@sha1:${hash}`
const group = 'kustomize.toolkit.fluxcd.io'

/** What a Provider sends of an event of a controller: all bodies. */
async function bodiesOf(
  type: ProviderType,
  event: FluxEvent,
  address = 'https://hooks.example.com/x',
): Promise<unknown[]> {
  const bodies: unknown[] = []
  const send = ({ body = '' }: { body?: string | Uint8Array }): Promise<never> => {
    bodies.push(JSON.parse(String(body)))
    return Promise.resolve({ status: 200, headers: {}, text: '{"ok":true}' } as never)
  }
  const provider = providerOf(type, { address, channel: 'room' })
  const destination = readDestination(provider, { secret: new Map() })
  const sender = { send, close: () => Promise.resolve() }
  const merged = mergeMetadata(event, alert).event
  await notifiers[type]?.({ event: merged, alert, provider }, destination, sender, new AbortController().signal)
  return bodies
}

const eventOf = (commitUrl: string, changes: Partial<FluxEvent> = {}): FluxEvent =>
  eventWith({ ...changes, metadata: { [`${group}/revision`]: revision, [`${group}/commitUrl`]: commitUrl } })
const linked = eventOf(url)
const failed = eventOf(url, { severity: 'error', reason: 'BuildFailed' })
const field = (title: string, value: string) => ({ title, value, short: false })

describe('the link to the commit', () => {
  it.each(['slack', 'rocket', 'discord'] as const)('is the title of an attachment for %s', async (type) => {
    const attachment = { title: text, title_link: url, fields: [field('revision', revision)] }
    expect(await bodiesOf(type, linked)).toMatchObject([{ attachments: [attachment] }])
  })
  it('is a button of an Adaptive Card for Teams', async () => {
    const [body] = await bodiesOf('msteams', linked)
    const actions = [{ type: 'Action.OpenUrl', title: text, url }]
    expect(body).toMatchObject({ attachments: [{ content: { actions } }] })
    expect(JSON.stringify(body)).toContain(
      JSON.stringify({ facts: [{ title: 'revision', value: revision }] }).slice(1, -1),
    )
  })
  it('is a button of a MessageCard for a connector', async () => {
    const [body] = await bodiesOf('msteams', linked, 'https://org.webhook.office.com/x')
    expect(body).toMatchObject({
      potentialAction: [{ '@type': 'OpenUri', name: text, targets: [{ os: 'default', uri: url }] }],
      sections: [{ facts: [{ name: 'revision', value: revision }] }],
    })
  })
  it('is a link of the incident and of the change for PagerDuty', async () => {
    const links = [{ href: url, text }]
    expect(await bodiesOf('pagerduty', failed)).toMatchObject([{ event_action: 'trigger', links }])
    const [resolved, change] = await bodiesOf('pagerduty', linked)
    expect(resolved).not.toHaveProperty('links')
    expect(change).toMatchObject({ links })
  })
  it('is an annotation for Alertmanager and no label', async () => {
    const [body] = await bodiesOf('alertmanager', failed)
    expect(body).toMatchObject([{ labels: { revision }, annotations: { commitUrl: url } }])
    expect((body as { labels: object }[])[0]?.labels).not.toHaveProperty('commitUrl')
  })
  it('stands in the text for Grafana and in no tag', async () => {
    const [body] = await bodiesOf('grafana', linked)
    expect(body).toMatchObject({ text: `kustomization/shop.apps ${url}` })
    expect(JSON.stringify(body)).not.toContain('commitUrl')
  })
  it('is metadata like any other for the generic Provider', async () => {
    expect(await bodiesOf('generic', linked)).toMatchObject([{ metadata: { revision, commitUrl: url } }])
  })
  it('fits an embed at Discord together with much else', async () => {
    const metadata: Record<string, string> = { ...linked.metadata }
    for (let index = 0; index < 40; index += 1) metadata[`${group}/a${index}`] = 'v'.repeat(900)
    const [body] = await bodiesOf('discord', { ...linked, message: 'm'.repeat(9000), metadata })
    const { attachments } = body as {
      attachments: { title: string; title_link: string; text: string; fields: object[] }[]
    }
    const [embed] = attachments
    expect(embed).toMatchObject({ title: text, title_link: url })
    const author = 'kustomization/shop.apps'
    const fields = (embed?.fields ?? []) as { title: string; value: string }[]
    const shown = [author, embed?.title, embed?.text, ...fields.flatMap(({ title, value }) => [title, value])]
    expect(shown.join('').length).toBeLessThanOrEqual(6000)
  })
  it('keeps the escapes of the message for Slack', async () => {
    const message = '<https://evil.example|click> & <!channel>'
    const attachment = { title_link: url, text: '&lt;https://evil.example|click&gt; &amp; &lt;!channel&gt;' }
    expect(await bodiesOf('slack', { ...linked, message })).toMatchObject([{ attachments: [attachment] }])
  })
  it('of the controller goes before that of the object, and that of the Alert between them', () => {
    const own = { ...eventWith(), metadata: { 'event.toolkit.fluxcd.io/commitUrl': 'https://a.example/' } }
    const eventMetadata = { commitUrl: 'https://b.example/' }
    const byAlert = { spec: { ...alert.spec, eventMetadata } }
    const all = { ...own, metadata: { ...own.metadata, ...linked.metadata } }
    expect(mergeMetadata(own, alert).event.metadata).toEqual({ commitUrl: 'https://a.example/' })
    expect(mergeMetadata(own, byAlert).event.metadata).toEqual(eventMetadata)
    expect(mergeMetadata(all, byAlert).event.metadata).toMatchObject({ commitUrl: url })
  })
})

describe('splitCommitLink', () => {
  const split = (commitUrl: string): ReturnType<typeof splitCommitLink> =>
    splitCommitLink(eventWith({ metadata: { commitUrl, revision } }))
  it.each([
    ['https://ci.example.com:8443/build/7', 'Commit on ci.example.com:8443'],
    [`https://gitlab.com/a/b/-/commit/${'b'.repeat(64)}`, 'Commit bbbbbbb on gitlab.com'],
    ['https://github.com.evil.example/org/app/commit/1', 'Commit on github.com.evil.example'],
  ])('says where %s leads', (address, shown) => {
    expect(split(address)).toMatchObject({ link: { text: shown, url: address }, event: { metadata: { revision } } })
    expect(split(address).event.metadata).not.toHaveProperty('commitUrl')
  })
  it('encodes what could end a link', () => {
    expect(split('https://example.com/a<b>"c d').link?.url).toBe('https://example.com/a%3Cb%3E%22c%20d')
  })
  it.each([
    ...['', 'x', 'javascript:alert(1)', 'http://github.com/a', 'https://', 'https://me:secret@github.com/a'],
    ...['https://me@github.com/a', `https://github.com/${'a'.repeat(1000)}`],
    `https://${'a.'.repeat(110)}example.com/a`,
  ])('leaves %j in the metadata', (address) => {
    const { link, event } = split(address)
    expect(link).toBeUndefined()
    expect(event.metadata).toEqual({ commitUrl: address, revision })
  })
})
