// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseDeadLetters } from '@tidelock/api'
import type { AlertSpec, FluxEvent, Provider } from '@tidelock/api'
import { eventually } from '@tidelock/testkit'
import { Scene } from './harness.ts'
import { Inbox } from './inbox.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(async () => scene[Symbol.asyncDispose]())

function event(name: string, message: string, extra: Partial<FluxEvent> = {}): FluxEvent {
  return {
    involvedObject: {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      namespace: scene.namespace,
      name,
      uid: `uid-${name}`,
    },
    severity: 'info',
    timestamp: '2026-01-01T00:00:00Z',
    message,
    reason: 'ReconciliationSucceeded',
    metadata: { 'kustomize.toolkit.fluxcd.io/revision': 'main@sha1:1234567' },
    reportingController: 'kustomize-controller',
    ...extra,
  }
}

async function post(body: unknown): Promise<number> {
  return (await fetch(scene.eventsUrl, { method: 'POST', body: JSON.stringify(body) })).status
}

/** An Alert with a generic Provider to an inbox of its own; resolves when the controller has seen both. */
async function alert(name: string, spec: Partial<AlertSpec> = {}, annotations = {}): Promise<Inbox> {
  const inbox = await Inbox.start()
  await scene.provider(name, { type: 'generic', address: inbox.url })
  const eventSources = [{ kind: 'Kustomization', name } as const]
  await scene.alert(name, { providerRef: { name }, eventSources, ...spec }, annotations)
  const probe = event(name, `is ${name} there`, { severity: 'error' })
  await eventually(async () => {
    await post({ ...probe, message: `is ${name} there ${performance.now()}` })
    expect(inbox.letters.length).toBeGreaterThan(0)
  })
  return inbox
}

const messages = (inbox: Inbox): string[] =>
  inbox
    .json<FluxEvent>()
    .map(({ message }) => message)
    .filter((message) => !message.startsWith('is '))

describe('an event over HTTP', () => {
  it('reaches the Provider of its Alert as Flux posts it', async () => {
    await using inbox = await alert('plain', { eventMetadata: { env: 'prod' } })
    expect(await post(event('plain', 'all is well'))).toBe(202)
    await eventually(() => expect(messages(inbox)).toEqual(['all is well']))
    const letter = inbox.letters.at(-1)
    expect(letter?.headers['gotk-component']).toBe('kustomize-controller')
    expect(JSON.parse(letter?.body ?? '')).toEqual({
      ...event('plain', 'all is well'),
      metadata: { env: 'prod', revision: 'main@sha1:1234567' },
    })
    const provider = await eventually(async () => {
      const found = await scene.client.get<Provider>(scene.ref('Provider', 'plain'))
      expect(found.metadata.annotations?.['notification.tidelock.dev/last-delivery']).toMatch(/Z$/)
      return found
    })
    expect(provider.metadata.annotations).not.toHaveProperty('notification.tidelock.dev/last-error')
  })

  it('is answered 202 without an Alert, 400 when it is none, 413 when it is too large, 429 when it comes again', async () => {
    expect(await post(event('nobody', 'once'))).toBe(202)
    expect(await post(event('nobody', 'once', { timestamp: '2026-01-01T00:00:09Z' }))).toBe(429)
    const metadata = { 'kustomize.toolkit.fluxcd.io/token': 'x' }
    expect(await post(event('nobody', 'once', { metadata }))).toBe(202)
    for (const wrong of ['x', 1, [], { message: 1 }, { timestamp: 'noon' }]) expect(await post(wrong)).toBe(400)
    expect(await post(event('nobody', 'x'.repeat(3 << 20)))).toBe(413)
  })

  it('is told by severity, and by rules over its message', async () => {
    await using inbox = await alert('rules', {
      eventSeverity: 'error',
      inclusionList: ['^is ', 'bad'],
      exclusionList: ['not.*bad'],
    })
    for (const [message, severity] of [
      ['bad news', 'info'],
      ['good', 'error'],
      ['not so bad', 'error'],
      ['very bad', 'error'],
    ] as const)
      expect(await post(event('rules', message, { severity }))).toBe(202)
    await eventually(() => expect(messages(inbox)).toEqual(['very bad']))
  })

  it('is signed for generic-hmac, and refused ones are dead letters that can be sent again', async () => {
    await using inbox = await Inbox.start(403)
    await scene.secret('hmac', { token: 'a-secret-key', address: inbox.url })
    await scene.provider('hmac', { type: 'generic-hmac', secretRef: { name: 'hmac' } })
    await scene.alert('hmac', {
      providerRef: { name: 'hmac' },
      eventSources: [{ kind: 'Kustomization', name: 'hmac' }],
    })
    await eventually(async () => {
      await post(event('hmac', `refused ${performance.now()}`))
      expect(inbox.letters.length).toBeGreaterThan(0)
    })
    expect(await scene.untilEvent('hmac', 'NotificationDispatchFailed')).toMatchObject({
      type: 'Warning',
      message: expect.stringMatching(
        /^failed to send notification for Kustomization\/.*\/hmac: request failed with status code 403/,
      ),
    })
    const annotations = async () => (await scene.client.get(scene.ref('Provider', 'hmac'))).metadata.annotations ?? {}
    await eventually(async () => {
      expect(Number((await annotations())['notification.tidelock.dev/dead-letters'])).toBeGreaterThan(0)
      expect((await annotations())['notification.tidelock.dev/last-error']).toContain('403')
    })
    expect(parseDeadLetters((await annotations())['notification.tidelock.dev/dead-letters-newest'] ?? '')[0]).toEqual({
      ...{ time: expect.stringMatching(/^20.*Z$/), object: `Kustomization/${scene.namespace}/hmac` },
      ...{ reason: 'ReconciliationSucceeded', code: 'Refused', error: expect.stringContaining('status code 403') },
    })
    const refused = inbox.letters.length
    inbox.behaviour = 200
    const body = { metadata: { annotations: { 'notification.tidelock.dev/replay': 'now' } } }
    await scene.client.patch(scene.ref('Provider', 'hmac'), { type: 'merge', body })
    await eventually(async () => {
      expect(await annotations()).toMatchObject({ 'notification.tidelock.dev/replayed': `now ${refused}` })
      expect(Object.keys(await annotations()).join(' ')).not.toContain('tidelock.dev/dead-letters')
      expect(await annotations()).not.toHaveProperty('notification.tidelock.dev/last-error')
    })
    for (const { body: text, headers } of inbox.letters)
      expect(headers['x-signature']).toBe(`sha256=${createHmac('sha256', 'a-secret-key').update(text).digest('hex')}`)
  })

  it('is no dead letter any more when its Provider is deleted', async () => {
    await using inbox = await Inbox.start(403)
    const provider = await scene.provider('short', { type: 'generic', address: inbox.url })
    await scene.alert('short', {
      providerRef: { name: 'short' },
      eventSources: [{ kind: 'Kustomization', name: 'short' }],
    })
    await eventually(async () => {
      await post(event('short', `refused ${performance.now()}`))
      expect(inbox.letters.length).toBeGreaterThan(0)
    })
    const folder = join(scene.directory, 'spool', 'dead-letters')
    const shelf = `${scene.namespace}.${provider.metadata.uid}`
    await eventually(async () => expect(await readdir(folder)).toContain(shelf))
    await scene.client.delete(scene.ref('Provider', 'short'))
    await eventually(async () => expect(await readdir(folder)).not.toContain(shelf))
  })
})
