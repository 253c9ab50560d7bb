// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { configMap, manifest, Scene } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

const service = (name: string, port: number, namespace?: string): string =>
  manifest({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ports: [{ port }] } })

describe('apply', () => {
  it('brings a definition, an object of it, a namespace and what lives in it with one commit, in order', async () => {
    const id = randomBytes(4).toString('hex')
    const group = `${id}.example.com`
    const namespace = `stages-${id}`
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `things.${group}` },
      spec: {
        group,
        names: { kind: 'Thing', plural: 'things' },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    }
    const priority = {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: namespace },
      value: 10,
    }
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'read:all', namespace },
      rules: [],
    }
    const revision = await scene.deploy(
      'stages',
      {
        'a-thing.yaml': manifest({ apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 't', namespace } }),
        'b-settings.yaml': configMap('settings', {}, { namespace }),
        'c-role.yaml': manifest(role),
        'd-class.yaml': manifest(priority),
        'e-namespace.yaml': manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
        'f-definition.yaml': manifest(definition),
      },
      { targetNamespace: undefined },
    )
    const { status } = await scene.untilReady('stages', revision)
    expect(status?.inventory?.entries).toEqual([
      { id: `_things.${group}_apiextensions.k8s.io_CustomResourceDefinition`, v: 'v1' },
      { id: `_${namespace}__Namespace`, v: 'v1' },
      { id: `_${namespace}_scheduling.k8s.io_PriorityClass`, v: 'v1' },
      { id: `${namespace}_read__all_rbac.authorization.k8s.io_Role`, v: 'v1' },
      { id: `${namespace}_settings__ConfigMap`, v: 'v1' },
      { id: `${namespace}_t_${group}_Thing`, v: 'v1' },
    ])
    const [created] = (await scene.untilEvent('stages', 'Progressing', /created/)).map(({ message }) => message)
    expect(created?.split('\n')).toEqual([
      `CustomResourceDefinition/things.${group} created`,
      `Namespace/${namespace} created`,
      `PriorityClass/${namespace} created`,
      `Role/${namespace}/read:all created`,
      `ConfigMap/${namespace}/settings created`,
      `Thing/${namespace}/t created`,
    ])
  })

  it('reports every object that is refused, applies nothing of their stage, and keeps the inventory', async () => {
    const good = await scene.deploy('refused', { 'a.yaml': configMap('kept') })
    await scene.untilReady('refused', good)
    await scene.publish(
      {
        'a.yaml': configMap('kept', { key: 'changed' }),
        'b.yaml': configMap('new'),
        'c.yaml': service('Bad_Name', 80),
        'd.yaml': service('worse', 99999),
      },
      { source: 'refused' },
    )
    const failed = await scene.untilFailed('refused', 'ReconciliationFailed')
    const message = failed.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? ''
    expect(message).toMatch(new RegExp(`^Service/${scene.namespace}/Bad_Name dry-run failed \\(Invalid\\): `))
    expect(message).toMatch(new RegExp(`\nService/${scene.namespace}/worse dry-run failed \\(Invalid\\): `))
    expect(failed.status?.inventory?.entries).toEqual([{ id: `${scene.namespace}_kept__ConfigMap`, v: 'v1' }])
    expect(failed.status?.lastAppliedRevision).toBe(good)
    const kept = await scene.client.get(scene.object('ConfigMap', 'kept'))
    expect(kept['data']).toEqual({ key: 'value' })
    expect(await scene.client.find(scene.object('ConfigMap', 'new'))).toBeUndefined()
    const [event] = (await scene.untilEvent('refused', 'ReconciliationFailed')).filter(
      ({ severity }) => severity === 'error',
    )
    expect(event?.message).toBe(message)
  })

  it('says what earlier stages did when a later one is refused', async () => {
    const name = `later-${randomBytes(4).toString('hex')}`
    const namespace = manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    const files = { 'a.yaml': namespace, 'b.yaml': service('Bad_Name', 80, name) }
    await scene.deploy('later', files, { targetNamespace: undefined })
    const failed = await scene.untilFailed('later', 'ReconciliationFailed', /Bad_Name/)
    const message = failed.status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? ''
    expect(message.split('\n').at(-1)).toBe(`Namespace/${name} created`)
    // so that it can be pruned although the run never succeeded
    expect(failed.status?.inventory?.entries).toEqual([{ id: `_${name}__Namespace`, v: 'v1' }])
  })

  it('recreates an object with an immutable field only by force', async () => {
    const secret = (value: string): string =>
      manifest({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'fixed' },
        immutable: true,
        stringData: { value },
      })
    const first = await scene.deploy('force', { 'a.yaml': secret('one') })
    await scene.untilReady('force', first)
    const before = await scene.client.get(scene.object('Secret', 'fixed'))
    const second = await scene.publish({ 'a.yaml': secret('two') }, { source: 'force' })
    await scene.untilFailed('force', 'ReconciliationFailed', /immutable/)
    await scene.patch('force', { spec: { force: true } })
    await scene.untilReady('force', second)
    const after = await scene.client.get<KubeObject & { data: { value: string } }>(scene.object('Secret', 'fixed'))
    expect(after.data.value).toBe(Buffer.from('two').toString('base64'))
    expect(after.metadata.uid).not.toBe(before.metadata.uid)
    const changes = (await scene.untilEvent('force', 'Progressing', /Secret/)).map(({ message }) => message)
    expect(changes[0]).toBe(`Secret/${scene.namespace}/fixed created`)
  })

  it('takes objects out of lists, and no kustomization file for an object', async () => {
    const items = [configMap('listed-a'), configMap('listed-b')].map((text) => JSON.parse(text) as KubeObject)
    const kustomization = manifest({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: ['list.yaml'],
    })
    const list = manifest({ apiVersion: 'v1', kind: 'List', items })
    const revision = await scene.deploy('list', { 'kustomization.yaml': kustomization, 'list.yaml': list })
    const { status } = await scene.untilReady('list', revision)
    expect(status?.inventory?.entries.map(({ id }) => id)).toEqual([
      `${scene.namespace}_listed-a__ConfigMap`,
      `${scene.namespace}_listed-b__ConfigMap`,
    ])
  })

  it('honours what an object says about its own apply', async () => {
    const annotate = (value: string) => ({ annotations: { 'kustomize.toolkit.fluxcd.io/ssa': value } })
    const files = (data: Record<string, string>): Record<string, string> => ({
      'a.yaml': configMap('once', data, annotate('IfNotPresent')),
      'b.yaml': configMap('ignored', data, annotate('Ignore')),
      'c.yaml': configMap('merged', data, annotate('Merge')),
    })
    const first = await scene.deploy('policies', files({ key: 'one' }))
    await scene.untilReady('policies', first)
    expect(await scene.client.find(scene.object('ConfigMap', 'ignored'))).toBeUndefined()
    await scene.client.patch(scene.object('ConfigMap', 'merged'), {
      type: 'merge',
      body: { data: { other: 'mine' } },
      fieldManager: 'kubectl-edit',
    })
    const second = await scene.publish(files({ key: 'two' }), { source: 'policies' })
    const { status } = await scene.untilReady('policies', second)
    expect((await scene.client.get(scene.object('ConfigMap', 'once')))['data']).toEqual({ key: 'one' })
    expect((await scene.client.get(scene.object('ConfigMap', 'merged')))['data']).toEqual({ key: 'two', other: 'mine' })
    expect(status?.inventory?.entries).toHaveLength(3)
  })
})
