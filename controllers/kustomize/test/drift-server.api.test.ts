// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { AdmissionWebhook, createNamespace } from '@tidelock/testkit'
import { configMap, manifest, Scene } from './harness.ts'

// the interval is an hour, and so is the time between two full runs: what is seen here is seen because the server changed
let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

it('a webhook that comes later has its say about what is there', async () => {
  const namespace = await createNamespace(scene.client, 'admitted')
  const revision = await scene.deploy('admitted', { 'a.yaml': configMap('settings') }, { targetNamespace: namespace })
  await scene.untilReady('admitted', revision)
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' }
  await using webhook = await AdmissionWebhook.start({
    ...{ client: scene.client, namespace, resource: 'configmaps', type: 'Mutating' },
    answer: ({ object }) =>
      object?.metadata.name === 'settings'
        ? { allow: true, patch: [{ op: 'add', path: '/data/injected', value: 'yes' }] }
        : { allow: true },
  })
  await scene.untilLive(ref, ({ data }) => JSON.stringify(data) === '{"injected":"yes","key":"value"}')
  expect(webhook.requests.some(({ dryRun }) => dryRun !== true)).toBe(true)
  const subject = `ConfigMap/${namespace}/settings`
  const events = await scene.untilEvent('admitted', 'Progressing', /configured/)
  expect(events.find(({ message }) => message.includes('configured'))?.message).toBe(
    `${subject} configured\ndrift: ${subject} differs from what the API server makes of it`,
  )
})

it('a change of a definition brings a look at the objects of its kind, and no other', async () => {
  const group = `g${randomBytes(3).toString('hex')}.example.com`
  const definition = (fields: Record<string, object>): KubeObject => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: { color: { type: 'string' }, ...fields } } },
            },
          },
        },
      ],
    },
  })
  const apply = (crd: KubeObject): Promise<KubeObject> => scene.client.apply(crd, { fieldManager: 'test', force: true })
  await using stack = new AsyncDisposableStack()
  const crd = await apply(definition({}))
  stack.defer(() => scene.client.delete({ ...crd, name: crd.metadata.name }))
  const widget = { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'w' }, spec: { color: 'red' } }
  const revision = await scene.deploy('widgets', { 'w.yaml': manifest(widget) }, { retryInterval: '1s' })
  const other = await scene.deploy('others', { 'a.yaml': configMap('other') })
  await scene.untilReady('widgets', revision)
  await scene.untilReady('others', other)
  await apply(definition({ size: { type: 'integer' } }))
  await scene.until('widgets', ({ status }) => status?.history?.[0]?.totalReconciliations === 2)
  const said = scene.log.map((line) => JSON.parse(line) as { msg: string; count?: number })
  expect(said.filter(({ msg }) => msg.includes(`widgets.${group} changed`)).map(({ count }) => count)).toEqual([1])
})
