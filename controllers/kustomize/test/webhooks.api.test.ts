// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { AdmissionWebhook, createNamespace, eventually } from '@tidelock/testkit'
import type { AdmissionAnswer, AdmissionRequest } from '@tidelock/testkit'
import { configMap, Scene } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

type ConfigMap = KubeObject & { data: Record<string, string> }

interface Guarded extends AsyncDisposable {
  readonly namespace: string
  readonly webhook: AdmissionWebhook
}

/** A namespace of its own with a webhook over its ConfigMaps. */
async function guard(
  type: 'Mutating' | 'Validating',
  answer: (request: AdmissionRequest) => AdmissionAnswer,
): Promise<Guarded> {
  const { client } = scene
  const namespace = await createNamespace(client, 'guarded')
  const options = { client, namespace, resource: 'configmaps', type, answer, timeoutSeconds: 1 } as const
  const webhook = await AdmissionWebhook.start(options)
  return { namespace, webhook, [Symbol.asyncDispose]: () => webhook[Symbol.asyncDispose]() }
}

const isOurs = ({ object }: AdmissionRequest): boolean => object?.metadata.name === 'settings'

describe('a webhook', () => {
  it('that refuses is reported with its words, and asked again', async () => {
    let refuses = true
    await using guarded = await guard('Validating', (request) =>
      refuses && isOurs(request) ? { allow: false, message: 'owner label missing' } : { allow: true },
    )
    const { namespace } = guarded
    const revision = await scene.deploy(
      'refused',
      { 'a.yaml': configMap('settings') },
      { targetNamespace: namespace, retryInterval: '1s' },
    )
    const { status } = await scene.untilFailed('refused', 'ReconciliationFailed', /settings.*owner label missing/)
    expect(status).not.toHaveProperty('lastAppliedRevision')
    refuses = false
    await scene.untilReady('refused', revision)
  })

  it('that does not answer in time is a failure that names it, and holds up nobody else', async () => {
    await using guarded = await guard('Validating', (request) => (isOurs(request) ? 'hang' : { allow: true }))
    const { namespace } = guarded
    await scene.deploy('hanging', { 'a.yaml': configMap('settings') }, { targetNamespace: namespace })
    const free = await scene.deploy('free', { 'a.yaml': configMap('free') })
    await scene.untilReady('free', free)
    const { status } = await scene.untilFailed(
      'hanging',
      'ReconciliationFailed',
      /failed calling webhook .*tidelock\.dev/,
    )
    expect(status).not.toHaveProperty('lastAppliedRevision')
  })

  it('that changes what we apply is left its way: no write follows another', async () => {
    const patch = [{ op: 'add', path: '/data/injected', value: 'yes' }]
    await using guarded = await guard('Mutating', (request) =>
      isOurs(request) && request.operation !== 'DELETE' ? { allow: true, patch } : { allow: true },
    )
    const { namespace, webhook } = guarded
    const revision = await scene.deploy(
      'mutated',
      { 'a.yaml': configMap('settings', { key: 'value' }) },
      { targetNamespace: namespace },
    )
    await scene.untilReady('mutated', revision)
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' }
    expect((await scene.client.get<ConfigMap>(ref)).data).toEqual({ key: 'value', injected: 'yes' })
    const writes = (): AdmissionRequest[] =>
      webhook.requests.filter((request) => isOurs(request) && request.dryRun !== true)
    expect(writes()).toHaveLength(1)
    await scene.reconcile('mutated')
    await scene.reconcile('mutated')
    expect(writes()).toHaveLength(1)
  })

  it('that overwrites a field of ours does not make a loop', async () => {
    const patch = [{ op: 'replace', path: '/data/key', value: 'theirs' }]
    await using guarded = await guard('Mutating', (request) =>
      isOurs(request) && request.operation !== 'DELETE' ? { allow: true, patch } : { allow: true },
    )
    const { namespace, webhook } = guarded
    const files = { 'a.yaml': configMap('settings', { key: 'value' }), 'b.yaml': configMap('other') }
    const revision = await scene.deploy('overwritten', files, { targetNamespace: namespace })
    await scene.untilReady('overwritten', revision)
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'other' }
    // a hand edit that is undone shows that the watch has seen all that came before
    const body = { data: { key: 'edited' } }
    await scene.client.patch(ref, { type: 'merge', body, fieldManager: 'kubectl-edit' })
    await eventually(async () => expect((await scene.client.get<ConfigMap>(ref)).data).toEqual({ key: 'value' }))
    const writes = webhook.requests.filter((request) => isOurs(request) && request.dryRun !== true)
    expect(writes.length).toBeLessThanOrEqual(2)
  })
})

describe('what the API server refuses for other reasons', () => {
  it('a quota that is used up is named, and what fits later is applied later', async () => {
    const namespace = await createNamespace(scene.client, 'quota')
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few', namespace } }
    await scene.client.create({ ...quota, spec: { hard: { 'count/secrets': '1' } } })
    await eventually(async () => {
      const found = await scene.client.get<KubeObject & { status?: { used?: object } }>({
        ...quota,
        name: 'few',
        namespace,
      })
      expect(found.status?.used).toEqual({ 'count/secrets': '0' })
    })
    const secret = (name: string): string =>
      JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: { a: 'b' } })
    const revision = await scene.deploy(
      'quota',
      { 'a.yaml': secret('one'), 'b.yaml': secret('two') },
      { targetNamespace: namespace, retryInterval: '1s' },
    )
    const { status } = await scene.untilFailed('quota', 'ReconciliationFailed', /exceeded quota: few/)
    expect(status?.inventory?.entries).toHaveLength(2)
    const body = { spec: { hard: { 'count/secrets': '2' } } }
    await scene.client.patch({ ...quota, name: 'few', namespace }, { type: 'merge', body })
    await scene.untilReady('quota', revision)
  })
})
