// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { KubeClient, isKubeError, loadTarget } from '@tidelock/kube'
import { startConnectProxy } from './connect-proxy.ts'
import { createNamespace, eventually, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'

let cluster: TestCluster
let client: KubeClient
let namespace: string
const warnings: string[] = []

beforeAll(async () => {
  cluster = await testCluster()
  const target = await loadTarget({ kubeconfig: cluster.kubeconfigPath, env: {} })
  client = new KubeClient({ target, userAgent: 'client-test', onWarning: (text) => warnings.push(text) })
  namespace = await createNamespace(client)
})
afterAll(async () => {
  await client.close()
  await cluster.client.close()
})

const configMap = (name: string, data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
})
const refTo = (name: string): { apiVersion: string; kind: string; namespace: string; name: string } => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace,
  name,
})
const deployment = (name: string, replicas: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
  },
})

describe('KubeClient on a real API server', () => {
  it('creates, reads, replaces, patches in each form, and deletes', async () => {
    const made = await client.create(configMap('a', { x: '1' }), { fieldManager: 'm' })
    await expect(client.create(configMap('a', {}))).rejects.toMatchObject({ code: 'AlreadyExists', status: 409 })
    await client.replace({ ...made, data: { x: '2' } })
    await expect(client.replace({ ...made, data: { x: '3' } })).rejects.toMatchObject({ code: 'Conflict' })
    await client.patch(refTo('a'), { type: 'merge', body: { data: { y: '1' } } })
    await client.patch(refTo('a'), { type: 'strategic', body: { data: { z: '1' } } })
    await client.patch(refTo('a'), { type: 'json', body: [{ op: 'remove', path: '/data/x' }] })
    await expect(client.get(refTo('a'))).resolves.toMatchObject({ data: { y: '1', z: '1' } })
    const metadata = await client.get(refTo('a'), { metadataOnly: true })
    expect(metadata).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } })
    expect(metadata).not.toHaveProperty('data')
    await expect(client.delete(refTo('a'), { uid: 'another' })).rejects.toMatchObject({ code: 'Conflict' })
    await client.delete(refTo('a'), { uid: made.metadata.uid, dryRun: true })
    await client.delete(refTo('a'), { uid: made.metadata.uid })
    await expect(client.find(refTo('a'))).resolves.toBeUndefined()
    await expect(client.delete(refTo('a'))).rejects.toMatchObject({
      code: 'NotFound',
      message: 'configmaps "a" not found',
    })
  })

  it('applies, tells who owns a field in conflict, and takes it by force', async () => {
    await client.apply(configMap('b', { x: '1' }), { fieldManager: 'one' })
    const refused = client.apply(configMap('b', { x: '2' }), { fieldManager: 'two' })
    await expect(refused).rejects.toMatchObject({
      code: 'Conflict',
      causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.x' }],
      ref: refTo('b'),
    })
    const dry = await client.apply(configMap('b', { x: '3' }), { fieldManager: 'two', force: true, dryRun: true })
    expect(dry).toMatchObject({ data: { x: '3' } })
    await expect(client.get(refTo('b'))).resolves.toMatchObject({ data: { x: '1' } })
    const forced = await client.apply(configMap('b', { x: '2' }), { fieldManager: 'two', force: true })
    expect(forced.metadata.managedFields?.map(({ manager, operation }) => `${manager}/${operation}`)).toEqual([
      'two/Apply',
    ])
  })

  it('says what is invalid, and warns', async () => {
    const bad = { ...deployment('bad', 1), metadata: { name: 'Bad_Name', namespace } }
    await expect(client.create(bad)).rejects.toMatchObject({
      code: 'Invalid',
      causes: expect.arrayContaining([expect.objectContaining({ field: 'metadata.name' })]),
    })
    const unknown = { ...configMap('w', {}), nonsense: 1 }
    await client.create(unknown, { fieldValidation: 'Warn' })
    expect(warnings).toContain('unknown field "nonsense"')
    await expect(client.replace(unknown, { fieldValidation: 'Strict' })).rejects.toMatchObject({
      code: 'BadRequest',
      message: expect.stringContaining('unknown field "nonsense"'),
    })
  })

  it('reads and writes subresources', async () => {
    await client.create(deployment('d', 1))
    const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'd' }
    // the deployment controller writes status meanwhile, so the version may be a later one by now
    await eventually(async () => {
      const scale = await client.get(target, { subresource: 'scale' })
      expect(scale.kind).toBe('Scale')
      const scaled = { ...scale, spec: { replicas: 3 } }
      await client.replace(scaled, { subresource: 'scale', target, fieldManager: 'hpa' })
    })
    await expect(client.get(target)).resolves.toMatchObject({ spec: { replicas: 3 } })
    const body = { status: { conditions: [{ type: 'Mine', status: 'True', reason: 'R', message: 'm' }] } }
    await client.patch(target, { type: 'strategic', body, subresource: 'status' })
    const { status } = await client.get(target)
    expect(status).toMatchObject({ conditions: expect.arrayContaining([expect.objectContaining({ type: 'Mine' })]) })
    const { token, expiresAtMs } = await eventually(() =>
      client.createToken({ namespace, name: 'default' }, { expirationSeconds: 600 }),
    )
    expect(token.split('.')).toHaveLength(3)
    expect(expiresAtMs).toBeGreaterThan(Date.now())
  })

  it('acts as somebody else, and is refused what they may not do', async () => {
    const jane = client.as({ user: 'jane', groups: ['system:authenticated'] })
    await expect(jane.get(refTo('b'))).rejects.toMatchObject({
      code: 'Forbidden',
      message: expect.stringContaining('User "jane"'),
    })
    await expect(client.createToken({ namespace, name: 'nobody' })).rejects.toMatchObject({ code: 'NotFound' })
  })

  it('finds a kind as soon as its CRD is served, and forgets it when it went', async () => {
    const group = `g${Date.now().toString(36)}.example.com`
    const name = `gadgets.${group}`
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind: 'Gadget', plural: 'gadgets' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    }
    const gadget = { apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { name: 'g', namespace } }
    await expect(client.create(gadget)).rejects.toMatchObject({
      code: 'KindNotFound',
      message: `no matches for kind "Gadget" in version "${group}/v1"`,
    })
    await client.create(crd)
    await eventually(() => client.create(gadget))
    await client.delete({ apiVersion: crd.apiVersion, kind: crd.kind, name })
    const ref = { ...gadget, namespace, name: 'g' }
    await eventually(async () => {
      const code = await client.get(ref).then(
        () => 'found',
        (error: unknown) => (isKubeError(error) ? error.code : 'other'),
      )
      expect(code).toBe('KindNotFound')
    })
  })

  it('goes through a proxy, and to no server that it cannot trust', async () => {
    const target = await loadTarget({ kubeconfig: cluster.kubeconfigPath, env: {} })
    const proxy = await startConnectProxy()
    const proxied = new KubeClient({ target: { ...target, proxyUrl: proxy.url }, userAgent: 'proxied' })
    await expect(proxied.raw({ path: '/readyz' })).resolves.toMatchObject({ body: 'ok' })
    expect(proxy.tunnels).toEqual([new URL(target.server).host])
    await proxied.close()
    await proxy.close()
    const { ca: _ca, ...untrusting } = target
    const refused = new KubeClient({ target: untrusting, userAgent: 'untrusting' })
    await expect(refused.raw({ path: '/readyz' })).rejects.toMatchObject({ code: 'TlsFailed', status: 0 })
    await refused.close()
    const misnamed = new KubeClient({ target: { ...target, serverName: 'other.example.com' }, userAgent: 'misnamed' })
    await expect(misnamed.raw({ path: '/readyz' })).rejects.toMatchObject({ code: 'TlsFailed' })
    await misnamed.close()
  })

  it('reads raw paths', async () => {
    await expect(client.raw({ path: '/readyz' })).resolves.toMatchObject({ status: 200, body: 'ok' })
    await expect(client.raw({ path: '/nothing' })).rejects.toMatchObject({ status: 404 })
  })
})
