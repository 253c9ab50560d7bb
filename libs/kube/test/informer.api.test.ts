// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Kind } from '@tidelock/api'
import { Informer, KubeClient, loadTarget } from '@tidelock/kube'
import { createNamespace, eventually, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'

const kind: Kind = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }
let cluster: TestCluster
let client: KubeClient
let namespace: string
let stop: AbortController

beforeAll(async () => {
  cluster = await testCluster()
  const target = await loadTarget({ kubeconfig: cluster.kubeconfigPath, env: {} })
  client = new KubeClient({ target, userAgent: 'informer-test' })
  namespace = await createNamespace(client)
  stop = new AbortController()
  await Promise.all(
    Array.from({ length: 25 }, (_, i) =>
      client.create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `n${i}`, namespace, labels: { app: 'x', half: String(i % 2) } },
        data: { i: String(i) },
      }),
    ),
  )
})
afterAll(async () => {
  stop.abort(new Error('the tests are over'))
  await client.close()
  await cluster.client.close()
})

describe('an informer on a real API server', () => {
  it('streams its first list, and reads it in pages where streams are refused', async () => {
    const options = { client, kind, namespace, labelSelector: 'app=x', pageSize: 10 }
    const streamed = new Informer(options)
    void streamed.start(stop.signal)
    await streamed.synced
    expect(streamed.size).toBe(25)
    expect(client.streaming.mayStream('')).toBe(true)
    client.streaming.refuse('')
    const paged = new Informer(options)
    void paged.start(stop.signal)
    await paged.synced
    const content = (informer: Informer): object =>
      Object.fromEntries([...informer.list()].map((obj) => [obj.metadata.name, obj]))
    expect(content(paged)).toEqual(content(streamed))
    const { items } = await client.list(kind, { namespace, labelSelector: 'app=x', limit: 7 })
    expect(items).toHaveLength(25)
  })

  it('follows a selector, metadata alone', async () => {
    const informer = new Informer({ client, kind, namespace, labelSelector: 'half=0', metadataOnly: true })
    const changes: string[] = []
    informer.addIndex('app', (obj) => [obj.metadata.labels?.['app'] ?? ''])
    void informer.start(stop.signal)
    await informer.synced
    informer.subscribe({
      upsert: (now, before) => void changes.push(`${before === undefined ? '+' : '~'}${now.metadata.name}`),
      remove: (last) => void changes.push(`-${last.metadata.name}`),
    })
    expect(changes.splice(0)).toHaveLength(13)
    const obj = informer.get({ namespace, name: 'n2' })
    expect(obj).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { labels: { half: '0' } } })
    expect(obj).not.toHaveProperty('data')
    expect(obj?.metadata.managedFields).not.toHaveLength(0)
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace }
    await client.patch({ ...ref, name: 'n2' }, { type: 'merge', body: { data: { i: 'changed' } } })
    await client.patch({ ...ref, name: 'n1' }, { type: 'merge', body: { metadata: { labels: { half: '0' } } } })
    await client.patch({ ...ref, name: 'n4' }, { type: 'merge', body: { metadata: { labels: { half: '1' } } } })
    await client.delete({ ...ref, name: 'n6' })
    await eventually(() => expect(changes).toEqual(['~n2', '+n1', '-n4', '-n6']))
    expect(informer.byIndex('app', 'x')).toHaveLength(12)
  })

  it('shows a refused watch as a state', async () => {
    const informer = new Informer({ client: client.as({ user: 'jane' }), kind, namespace })
    const end = new AbortController()
    const running = informer.start(end.signal)
    await eventually(() => expect(informer.state).toMatchObject({ phase: 'failing', error: { code: 'Forbidden' } }))
    end.abort(new Error('done'))
    await running
  })

  it('waits for a kind that is not served yet', async () => {
    const missing: Kind = { group: 'none.example.com', version: 'v1', kind: 'None', plural: 'nones', namespaced: true }
    const informer = new Informer({ client, kind: missing })
    const end = new AbortController()
    const running = informer.start(end.signal)
    await eventually(() => expect(informer.state).toMatchObject({ phase: 'failing', error: { code: 'KindNotFound' } }))
    expect(informer.hasSynced()).toBe(false)
    end.abort(new Error('done'))
    await running
  })
})
