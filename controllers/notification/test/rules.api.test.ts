// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import type { Alert, Provider, ProviderSpec } from '@tidelock/api'
import { createNamespace, eventually } from '@tidelock/testkit'
import { eventOf } from './bus-scene.ts'
import { Scene } from './harness.ts'
import { Inbox } from './inbox.ts'

let scene: Scene
let inbox: Inbox
beforeAll(async () => {
  scene = await Scene.open({ flags: ['--no-cross-namespace-refs'] })
  inbox = await Inbox.start()
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await inbox[Symbol.asyncDispose]()
})

const sources = (name: string, namespace?: string) => [
  { kind: 'Kustomization' as const, name, ...(namespace === undefined ? {} : { namespace }) },
]

async function post(name: string, message: string, namespace: string = scene.namespace): Promise<void> {
  const body = JSON.stringify(eventOf(namespace, name, message))
  const response = await fetch(scene.eventsUrl, { method: 'POST', body })
  if (response.status !== 202) throw new Error(`answered ${response.status}`)
}

async function alert(name: string, spec: ProviderSpec, namespace?: string): Promise<void> {
  await scene.provider(name, spec)
  await scene.alert(name, { providerRef: { name }, eventSources: sources(name, namespace) })
}

/** Posts events until the controller has said something about the Alert. */
async function untilWarned(name: string, namespace?: string): Promise<string> {
  let round = 0
  const posting = eventually(async () => {
    await post(name, `round ${round++}`, namespace)
    if (!scene.log.some((line) => line.includes('NotificationDispatchFailed') && line.includes(`"name":"${name}"`)))
      throw new Error('nothing was said')
  })
  await posting
  return (await scene.untilEvent(name, 'NotificationDispatchFailed')).message
}

describe('an event', () => {
  it('from another namespace is refused, and said so', async () => {
    const other = await createNamespace(scene.client, 'other')
    await alert('foreign', { type: 'generic', address: inbox.url }, other)
    expect(await untilWarned('foreign', other)).toContain('cross-namespace references have been blocked')
  })

  it('with an account that the gate does not allow says so, and what to do', async () => {
    await alert('gated', { type: 'generic', address: inbox.url, serviceAccountName: 'tenant' })
    expect(await untilWarned('gated')).toContain('enable the ObjectLevelWorkloadIdentity feature gate')
    await eventually(async () => {
      const { metadata } = await scene.client.get<Provider>(scene.ref('Provider', 'gated'))
      expect(metadata.annotations?.['notification.tidelock.dev/last-error']).toContain('ObjectLevelWorkloadIdentity')
    })
  })

  it('that Flux made can be deleted, and its Alert is no longer held', async () => {
    const { client, namespace } = scene
    const metadata = { name: 'of-flux', namespace, finalizers: ['finalizers.fluxcd.io'] }
    const of = (kind: 'Alert' | 'Provider') => ({ apiVersion: scene.ref(kind, '').apiVersion, kind, metadata })
    await client.create<Provider>({ ...of('Provider'), spec: { type: 'generic', address: inbox.url } })
    const spec = { providerRef: { name: 'of-flux' }, eventSources: sources('of-flux') }
    await client.create<Alert>({ ...of('Alert'), spec })
    await eventually(async () => {
      const alertNow = await client.get<Alert>(scene.ref('Alert', 'of-flux'))
      expect(alertNow.metadata.finalizers ?? []).toEqual([])
    })
    const before = await client.get<Provider>(scene.ref('Provider', 'of-flux'))
    expect(before.metadata.finalizers).toEqual(['finalizers.fluxcd.io'])
    await client.delete(scene.ref('Provider', 'of-flux'))
    await eventually(async () => expect(await client.find(scene.ref('Provider', 'of-flux'))).toBeUndefined())
  })

  it('of an Alert whose Provider is not there says so', async () => {
    await scene.alert('lonely', { providerRef: { name: 'nobody' }, eventSources: sources('lonely') })
    expect(await untilWarned('lonely')).toContain('failed to read provider')
  })

  it('of a suspended Provider is dropped', async () => {
    await alert('asleep', { type: 'generic', address: inbox.url, suspend: true })
    await alert('awake', { type: 'generic', address: inbox.url })
    await eventually(async () => {
      await post('asleep', `quiet ${performance.now()}`)
      await post('awake', `loud ${performance.now()}`)
      expect(inbox.json<{ message: string }>().some(({ message }) => message.startsWith('loud'))).toBe(true)
    })
    expect(inbox.json<{ message: string }>().filter(({ message }) => message.startsWith('quiet'))).toEqual([])
  })
})

describe('a Receiver with --no-cross-namespace-refs', () => {
  it('leaves the objects of other namespaces alone', async () => {
    await scene.secret('token', { token: 'x' })
    const resources = [{ kind: 'GitRepository' as const, name: 'fleet', namespace: 'default' }]
    await scene.receiver('reaching', { type: 'generic', secretRef: { name: 'token' }, resources })
    const { status } = await scene.untilReceiver('reaching', (obj) => getCondition(obj, 'Ready')?.status === 'True')
    // 404 until the controller has seen its own status
    await eventually(async () => expect((await scene.post(status?.webhookPath ?? '', '')).status).toBe(500))
    expect(scene.log.some((line) => line.includes('cross-namespace references are not allowed'))).toBe(true)
  })
})
