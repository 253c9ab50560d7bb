// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Kind } from '@tidelock/api'
import { Informer, KubeClient, loadTarget } from '@tidelock/kube'
import type { InformerOptions, RequestInfo } from '@tidelock/kube'
import { createNamespace, eventually, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'
import { TcpProxy } from './tcp-proxy.ts'
import { SeenSequences, allAt, upTo, writeSequences } from './write-sequences.ts'

const kind: Kind = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }
const labelled = { namespace: '', fieldSelector: 'metadata.name!=kube-root-ca.crt' }

let cluster: TestCluster
beforeAll(async () => void (cluster = await testCluster()))

/** Informers behind a proxy, and what they asked of the server. */
class Scene implements AsyncDisposable {
  readonly requests: RequestInfo[] = []
  readonly stop: AbortController = new AbortController()
  readonly proxy: TcpProxy
  readonly client: KubeClient
  readonly namespace: string

  private constructor(proxy: TcpProxy, client: KubeClient, namespace: string, requests: RequestInfo[]) {
    this.proxy = proxy
    this.client = client
    this.namespace = namespace
    this.requests = requests
  }

  static async start(): Promise<Scene> {
    const proxy = await TcpProxy.start(cluster.server)
    const target = await loadTarget({ kubeconfig: cluster.kubeconfigPath, env: {} })
    const requests: RequestInfo[] = []
    const client = new KubeClient({
      target: { ...target, server: proxy.url },
      userAgent: 'watch-faults',
      onRequest: (info) => requests.push(info),
    })
    return new Scene(proxy, client, await createNamespace(cluster.client), requests)
  }

  follow(options: Partial<InformerOptions> = {}): { informer: Informer; seen: SeenSequences } {
    const { client, namespace } = this
    const informer = new Informer({ client, kind, ...labelled, namespace, ...options })
    const seen = new SeenSequences(informer)
    void informer.start(this.stop.signal)
    return { informer, seen }
  }

  /** Requests by verb. */
  count(verb: RequestInfo['verb'], code?: string): number {
    return this.requests.filter((each) => each.verb === verb && (code === undefined || each.code === code)).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort(new Error('the test is over'))
    await this.client.close()
    await this.proxy[Symbol.asyncDispose]()
  }
}

describe('an informer behind a bad network', () => {
  it('sees every change, once and in order, however often and wherever the stream is cut', async () => {
    await using scene = await Scene.start()
    const [objects, count] = [10, 40]
    const { informer, seen } = scene.follow()
    await informer.synced
    let cuts = 0
    await writeSequences(cluster.client, scene.namespace, {
      objects,
      count,
      betweenRounds: async (round) => {
        if (round % 4 !== 0) return
        cuts += 1
        // both in the middle of frames to come and between frames
        if (round % 8 === 0) scene.proxy.cut()
        else scene.proxy.cutAfter(97 * cuts)
        const watches = scene.count('watch', '200')
        await eventually(() => expect(scene.count('watch', '200') + Number(round % 8 !== 0)).toBeGreaterThan(watches))
      },
    })
    await eventually(() => expect(seen.last()).toEqual(allAt(objects, count)))
    for (const numbers of seen.byName.values()) expect(numbers).toEqual(upTo(count))
    const live = await cluster.client.list(kind, { ...labelled, namespace: scene.namespace })
    expect(new Set([...informer.list()].map(({ metadata }) => metadata.resourceVersion))).toEqual(
      new Set(live.items.map(({ metadata }) => metadata.resourceVersion)),
    )
    // one list at the start, and not many more watches than cuts: no storm
    expect(informer.stats.lists).toBe(1)
    expect(scene.count('list')).toBe(0)
    expect(informer.stats.watches).toBeLessThanOrEqual(4 * cuts + 4)
  })

  it('notices a silent connection and loses nothing', async () => {
    await using scene = await Scene.start()
    const { informer, seen } = scene.follow({ idleMs: 3000 })
    await informer.synced
    // a server that is busy may have been silent for as long before it had the list together
    const { lists } = informer.stats
    await writeSequences(cluster.client, scene.namespace, { objects: 3, count: 5 })
    await eventually(() => expect(seen.last()).toEqual(allAt(3, 5)))
    scene.proxy.mode = 'stall'
    await writeSequences(cluster.client, scene.namespace, { objects: 3, count: 9 })
    await eventually(() => expect(informer.state.phase).toBe('failing'))
    scene.proxy.mode = 'pass'
    scene.proxy.cut()
    await eventually(() => expect(seen.last()).toEqual(allAt(3, 9)))
    for (const numbers of seen.byName.values()) expect(numbers).toEqual([...upTo(5), ...upTo(9)])
    expect(informer.stats.lists).toBe(lists)
  })

  it('does not storm a server that is away: forty informers, one prober', async () => {
    await using scene = await Scene.start()
    const all = Array.from({ length: 40 }, () => scene.follow())
    await Promise.all(all.map(({ informer }) => informer.synced))
    await writeSequences(cluster.client, scene.namespace, { objects: 2, count: 2 })
    scene.requests.length = 0
    scene.proxy.mode = 'refuse'
    scene.proxy.cut()
    const acceptedBefore = scene.proxy.accepted
    await eventually(() => expect(all.every(({ informer }) => informer.state.phase === 'failing')).toBe(true))
    // the first failures come together; after them only probes
    const first = scene.proxy.accepted - acceptedBefore
    await eventually(() => expect(scene.proxy.accepted - acceptedBefore).toBeGreaterThanOrEqual(first + 4))
    expect(scene.count('watch', '<error>')).toBeLessThanOrEqual(40 + 30)
    await writeSequences(cluster.client, scene.namespace, { objects: 2, count: 4 })
    scene.proxy.mode = 'pass'
    await eventually(() => {
      for (const { seen } of all) expect(seen.last()).toEqual(allAt(2, 4))
    })
    for (const { seen, informer } of all) {
      expect([...seen.byName.values()]).toEqual([
        [1, 2, 1, 2, 3, 4],
        [1, 2, 1, 2, 3, 4],
      ])
      expect(informer.stats.lists).toBe(1)
    }
    expect(scene.count('watch', '200')).toBeLessThanOrEqual(40 + 10)
  })
})

afterAll(() => cluster.client.close())
