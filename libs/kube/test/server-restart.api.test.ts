// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Kind } from '@tidelock/api'
import { Informer, KubeClient, isKubeError, loadTarget } from '@tidelock/kube'
import type { RequestInfo } from '@tidelock/kube'
import { startLocalCluster } from '@tidelock/local-cluster'
import type { LocalCluster } from '@tidelock/local-cluster'
import { createNamespace, eventually } from '@tidelock/testkit'
import { TcpProxy } from './tcp-proxy.ts'
import { SeenSequences, allAt, upTo, writeSequences } from './write-sequences.ts'

const kind: Kind = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }
const informers = 30
const objects = 20

let cluster: LocalCluster
let directory: string
let writer: KubeClient
let reader: KubeClient
const requests: RequestInfo[] = []

// a control plane of its own: its API server is killed
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidelock-kube-restart-'))
  const { env } = process
  const assetsDir = env['KUBEBUILDER_ASSETS']
  cluster = await startLocalCluster({
    dataDir: join(directory, 'cluster'),
    cacheDir: env['TIDELOCK_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidelock'),
    searchPath: env['PATH'] ?? '',
    components: { scheduler: false, controllerManager: false, kwok: false, nats: false },
    ...(assetsDir === undefined ? {} : { assetsDir }),
  })
  const target = await loadTarget({ kubeconfig: cluster.kubeconfigPath, env: {} })
  writer = new KubeClient({ target, userAgent: 'writer' })
  reader = new KubeClient({ target, userAgent: 'reader', onRequest: (info) => requests.push(info) })
})
afterAll(async () => {
  await writer.close()
  await reader.close()
  await cluster.stop()
  await rm(directory, { recursive: true, force: true })
})

/** Applies until the server took it: the queue of a controller does as much. */
async function applyStubbornly(namespace: string, name: string, n: number): Promise<void> {
  await eventually(() =>
    writer.apply(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { n: String(n) } },
      { fieldManager: 'test', force: true },
    ),
  )
}

describe('an API server that is killed and restarted under load', () => {
  it('leaves every informer complete and in order, without a storm', async () => {
    const stop = new AbortController()
    const namespace = await createNamespace(writer)
    const followed = Array.from({ length: informers }, () => {
      const informer = new Informer({
        client: reader,
        kind,
        namespace,
        fieldSelector: 'metadata.name!=kube-root-ca.crt',
      })
      const seen = new SeenSequences(informer)
      void informer.start(stop.signal)
      return { informer, seen }
    })
    await Promise.all(followed.map(({ informer }) => informer.synced))
    const rounds = 30
    let restarting: Promise<void> | undefined
    for (let n = 1; n <= rounds; n += 1) {
      await Promise.all(Array.from({ length: objects }, (_, i) => applyStubbornly(namespace, `c${i}`, n)))
      if (n === 10 || n === 20) {
        await restarting
        requests.length = 0
        cluster.kill('kube-apiserver')
        restarting = cluster.exited('kube-apiserver').then(() => cluster.start('kube-apiserver'))
      }
    }
    await restarting
    await eventually(() => {
      for (const { seen } of followed) expect(seen.last()).toEqual(allAt(objects, rounds))
    })
    const live = await writer.list(kind, { namespace })
    const versions = new Set(live.items.map(({ metadata }) => metadata.resourceVersion))
    for (const { informer, seen } of followed) {
      for (const { metadata } of informer.list()) expect(versions).toContain(metadata.resourceVersion)
      await eventually(() => expect(informer.state).toEqual({ phase: 'watching' }))
      // a list shows the last state only; without one, nothing may be missing
      const relisted = informer.stats.lists > 1
      for (const numbers of seen.byName.values()) {
        expect(numbers).toEqual(relisted ? numbers.toSorted((a, b) => a - b) : upTo(rounds))
      }
    }
    // per informer after the last kill: the broken watch, perhaps a forgotten version with its list, perhaps a refusal or two while the server starts
    expect(requests.length).toBeLessThanOrEqual(informers * 20)
    stop.abort(new Error('the test is over'))
  })

  it('lists again where the restarted server no longer knows the version, and shows the difference', async () => {
    const stop = new AbortController()
    const namespace = await createNamespace(writer)
    const proxy = await TcpProxy.start(cluster.server)
    const target = await loadTarget({ kubeconfig: cluster.kubeconfigPath, env: {} })
    const client = new KubeClient({ target: { ...target, server: proxy.url }, userAgent: 'behind' })
    await writeSequences(writer, namespace, { objects: 3, count: 1 })
    const informer = new Informer({ client, kind, namespace })
    const removed: string[] = []
    informer.subscribe({ remove: ({ metadata }) => void removed.push(metadata.name) })
    void informer.start(stop.signal)
    await informer.synced
    proxy.mode = 'refuse'
    proxy.cut()
    await writeSequences(writer, namespace, { objects: 2, count: 5 })
    await writer.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'c2' })
    await cluster.restart('kube-apiserver')
    proxy.mode = 'pass'
    await eventually(() => expect(informer.stats.lists).toBe(2))
    const live = await writer.list(kind, { namespace })
    expect(
      Object.fromEntries([...informer.list()].map(({ metadata }) => [metadata.name, metadata.resourceVersion])),
    ).toEqual(Object.fromEntries(live.items.map(({ metadata }) => [metadata.name, metadata.resourceVersion])))
    expect(removed).toEqual(['c2'])
    stop.abort(new Error('the test is over'))
    await client.close()
    await proxy[Symbol.asyncDispose]()
  })

  it('is told from a request that failed: a create whose answer is lost is not repeated', async () => {
    const namespace = await createNamespace(writer)
    await writer.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'warm', namespace } })
    const creates = Array.from({ length: 50 }, (_, i) =>
      writer.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `n${i}`, namespace } }).then(
        () => 'created',
        (error: unknown) => (isKubeError(error) ? error.code : String(error)),
      ),
    )
    cluster.kill('kube-apiserver')
    const outcomes = new Set(await Promise.all(creates))
    await cluster.exited('kube-apiserver')
    await cluster.start('kube-apiserver')
    for (const outcome of outcomes) expect(['created', 'Unreachable']).toContain(outcome)
  })
})
