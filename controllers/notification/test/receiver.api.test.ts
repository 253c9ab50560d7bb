// SPDX-License-Identifier: Apache-2.0
import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import type { Receiver, ReceiverSpec } from '@tidelock/api'
import { eventually } from '@tidelock/testkit'
import { Scene } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
  await scene.secret('token', { token: 'a-token' })
  await scene.gitRepository('fleet')
})
afterAll(async () => scene[Symbol.asyncDispose]())

const fleet = { kind: 'GitRepository', name: 'fleet' } as const
const ready = (obj: Receiver): boolean => getCondition(obj, 'Ready')?.status === 'True'
const stalled = (obj: Receiver): boolean => getCondition(obj, 'Stalled')?.status === 'True'

async function readyReceiver(name: string, spec: Partial<ReceiverSpec> = {}): Promise<string> {
  await scene.receiver(name, { type: 'generic', secretRef: { name: 'token' }, resources: [fleet], ...spec })
  const { status } = await scene.untilReceiver(name, ready)
  const path = status?.webhookPath ?? ''
  // the controller has to see its own status first
  await eventually(async () => expect((await scene.post(path, '')).status).not.toBe(404))
  return path
}

const json = { 'content-type': 'application/json' }

describe('the path of a Receiver', () => {
  it('is a digest of token, name and namespace, and taken at once', async () => {
    const path = await readyReceiver('path')
    const digest = createHash('sha256').update(`a-tokenpath${scene.namespace}`).digest('hex')
    expect(path).toBe(`/hook/${digest}`)
    expect((await scene.post(path, '')).status).toBe(200)
    expect(await scene.requestedAt('fleet')).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000 UTC m=\+\d/)
    for (const wrong of ['/', '/hook/', `${path}0`, `${path}?a=b`, path.toUpperCase()])
      expect((await scene.post(wrong, '')).status).toBe(404)
  })

  it('follows the token', async () => {
    await scene.secret('turned', { token: 'one' }, { 'reconcile.fluxcd.io/watch': 'Enabled' })
    const before = await readyReceiver('turning', { secretRef: { name: 'turned' } })
    await scene.secret('turned', { token: 'two' }, { 'reconcile.fluxcd.io/watch': 'Enabled' })
    const { status } = await scene.untilReceiver('turning', (obj) => ready(obj) && obj.status?.webhookPath !== before)
    await eventually(async () => expect((await scene.post(before, '')).status).toBe(404))
    expect((await scene.post(status?.webhookPath ?? '', '')).status).toBe(200)
  })

  it('is not there without a token', async () => {
    await scene.receiver('tokenless', { type: 'generic', secretRef: { name: 'nowhere' }, resources: [fleet] })
    const found = await scene.untilReceiver(
      'tokenless',
      (obj) => getCondition(obj, 'Ready')?.reason === 'TokenNotFound',
    )
    expect(found.status?.webhookPath).toBeUndefined()
    expect(getCondition(found, 'Ready')?.message).toContain(`secret '${scene.namespace}/nowhere'`)
    await scene.secret('empty', { other: 'x' })
    await scene.receiver('keyless', { type: 'generic', secretRef: { name: 'empty' }, resources: [fleet] })
    const keyless = await scene.untilReceiver(
      'keyless',
      (obj) => getCondition(obj, 'Ready')?.reason === 'TokenNotFound',
    )
    expect(getCondition(keyless, 'Ready')?.message).toContain("required fields 'token'")
  })
})

describe('a Receiver', () => {
  it('that is suspended answers 503', async () => {
    const path = await readyReceiver('asleep')
    await scene.client.patch(scene.ref('Receiver', 'asleep'), { type: 'merge', body: { spec: { suspend: true } } })
    await eventually(async () => expect((await scene.post(path, '')).status).toBe(503))
  })

  it('with an expression that does not compile stalls', async () => {
    await scene.receiver('no-cel', {
      type: 'generic',
      secretRef: { name: 'token' },
      resources: [fleet],
      resourceFilter: 'req.',
    })
    const found = await scene.untilReceiver('no-cel', stalled)
    expect(getCondition(found, 'Stalled')).toMatchObject({ reason: 'InvalidCELExpression' })
    expect(getCondition(found, 'Ready')).toMatchObject({ status: 'False', reason: 'InvalidCELExpression' })
    expect(found.status?.observedGeneration).toBe(found.metadata.generation)
    expect(await scene.untilEvent('no-cel', 'InvalidCELExpression')).toMatchObject({ type: 'Warning' })
  })

  it('takes CDEvents of the chosen types', async () => {
    const path = await readyReceiver('cdevents', { type: 'cdevents', events: ['dev.cdevents.change.merged.0.2.0'] })
    const type = 'dev.cdevents.change.merged.0.2.0'
    const context = { version: '0.4.1', id: '1', source: 'git', type, timestamp: '2026-01-02T03:04:05Z' }
    const event = JSON.stringify({ context, subject: { id: '7', type: 'change', content: {} } })
    expect((await scene.post(path, event, { ...json, 'ce-type': type })).status).toBe(200)
    expect((await scene.post(path, event, { ...json, 'ce-type': 'dev.cdevents.change.created.0.3.0' })).status).toBe(
      400,
    )
    expect((await scene.post(path, '{}', { ...json, 'ce-type': type })).status).toBe(400)
  })

  it('asks only for objects that its filters let pass', async () => {
    await scene.gitRepository('one', { team: 'a' })
    await scene.gitRepository('two', { team: 'a' })
    const path = await readyReceiver('filtered', {
      resources: [{ kind: 'GitRepository', name: '*', matchLabels: { team: 'a' }, filter: 'has(res.metadata.labels)' }],
      resourceFilter: 'res.metadata.name == req.which',
    })
    expect((await scene.post(path, '{"which":"two"}', json)).status).toBe(200)
    expect(await scene.requestedAt('one')).toBeUndefined()
    expect(await scene.requestedAt('two')).toBeDefined()
    expect((await scene.post(path, '{', json)).status).toBe(500)
    expect((await scene.post(path, '[]', json)).status).toBe(500)
  })

  it('answers 500 when an object is not there, or its kind needs a version', async () => {
    const missing = await readyReceiver('missing', { resources: [{ kind: 'GitRepository', name: 'nobody' }] })
    expect((await scene.post(missing, '')).status).toBe(500)
    const versionless = await readyReceiver('versionless', { resources: [{ kind: 'Kustomization', name: 'x' }] })
    expect((await scene.post(versionless, '')).status).toBe(500)
    const unlabelled = await readyReceiver('unlabelled', { resources: [{ kind: 'GitRepository', name: '*' }] })
    expect((await scene.post(unlabelled, '')).status).toBe(500)
  })

  it('refuses what is too large', async () => {
    const path = await readyReceiver('large')
    expect((await scene.post(path, 'x'.repeat((3 << 20) + 1))).status).toBe(413)
    expect((await scene.post(path, 'x'.repeat(3 << 20))).status).toBe(200)
  })

  it('believes only what is signed', async () => {
    const sign = (algorithm: string, body: string): string =>
      `${algorithm}=${createHmac(algorithm, 'a-token').update(body).digest('hex')}`
    const hmac = await readyReceiver('signed', { type: 'generic-hmac' })
    for (const algorithm of ['sha1', 'sha256', 'sha512'])
      expect((await scene.post(hmac, 'body', { 'x-signature': sign(algorithm, 'body') })).status).toBe(200)
    expect((await scene.post(hmac, 'other', { 'x-signature': sign('sha256', 'body') })).status).toBe(400)
    expect((await scene.post(hmac, 'body')).status).toBe(400)
    const github = await readyReceiver('hub', { type: 'github', events: ['Push'] })
    const headers = { ...json, 'x-hub-signature-256': sign('sha256', '{}'), 'x-github-event': 'push' }
    expect((await scene.post(github, '{}', headers)).status).toBe(200)
    expect((await scene.post(github, '{}', { ...headers, 'x-github-event': 'ping' })).status).toBe(400)
  })
})
