// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Kind } from '@tidelock/api'
import { FakeClock } from '@tidelock/testkit'
import { Discovery } from './discovery.ts'
import { DiscoverySource } from './discovery-source.ts'
import type { DiscoveryFetch } from './discovery-source.ts'
import { KubeError } from './kube-error.ts'

interface Server {
  readonly fetch: DiscoveryFetch
  readonly asked: string[]
  /** Kinds by group version; core is `v1`. */
  readonly kinds: Map<string, Kind[]>
  fail: KubeError | undefined
}

const widget: Kind = { group: 'x.io', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true }
const node: Kind = { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false }
const ofWidget = { apiVersion: 'x.io/v1', kind: 'Widget' }

function aggregatedServer(): Server {
  const server: Server = {
    asked: [],
    kinds: new Map([['v1', [node]]]),
    fail: undefined,
    fetch: (path, _accept, etag) => {
      server.asked.push(path)
      if (server.fail !== undefined) return Promise.reject(server.fail)
      const kinds = [...server.kinds.values()].flat().filter(({ group }) => (group === '') === (path === '/api'))
      const current = JSON.stringify(kinds)
      if (etag === current) return Promise.resolve({ status: 304, etag, body: '' })
      const items = kinds.map(({ group, version, kind, plural, namespaced }) => ({
        metadata: { name: group },
        versions: [
          {
            version,
            resources: [{ resource: plural, responseKind: { kind }, scope: namespaced ? 'Namespaced' : 'Cluster' }],
          },
        ],
      }))
      return Promise.resolve({
        status: 200,
        etag: current,
        body: JSON.stringify({ kind: 'APIGroupDiscoveryList', items }),
      })
    },
  }
  return server
}

function olderServer(): Server {
  const server: Server = {
    asked: [],
    kinds: new Map([['v1', [node]]]),
    fail: undefined,
    fetch: (path) => {
      server.asked.push(path)
      if (path === '/api' || path === '/apis')
        return Promise.resolve({ status: 200, etag: undefined, body: '{"kind":"APIGroupList"}' })
      const kinds = server.kinds.get(path.replace(/^\/apis?\//, ''))
      if (kinds === undefined) return Promise.reject(new KubeError('KindNotFound', 'gone', { status: 404 }))
      const resources = kinds.flatMap(({ plural, kind, namespaced }) => [
        { name: plural, kind, namespaced },
        { name: `${plural}/status`, kind, namespaced },
      ])
      return Promise.resolve({ status: 200, etag: undefined, body: JSON.stringify({ resources }) })
    },
  }
  return server
}

function discover(server: Server): { discovery: Discovery; clock: FakeClock } {
  const clock = new FakeClock()
  return { discovery: new Discovery({ source: new DiscoverySource(server.fetch), clock, minIntervalMs: 500 }), clock }
}

/** The code that the promise rejects with; caught from the start, for promises that settle while time is moved. */
function codeOfFailure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no failure',
    (error: { code: unknown }) => error.code,
  )
}

describe('Discovery', () => {
  it('answers from memory after one read, and shares that read', async () => {
    const server = aggregatedServer()
    server.kinds.set('x.io/v1', [widget])
    const { discovery } = discover(server)
    const found = await Promise.all([
      discovery.resolve(ofWidget),
      discovery.resolve({ apiVersion: 'v1', kind: 'Node' }),
      discovery.resolve(ofWidget),
    ])
    expect(found).toEqual([widget, node, widget])
    await discovery.resolve(ofWidget)
    expect(server.asked).toEqual(['/api', '/apis'])
  })
  it('finds a kind that came after the last read, and bounds how often it reads', async () => {
    const server = aggregatedServer()
    const { discovery, clock } = discover(server)
    await expect(discovery.resolve(ofWidget)).rejects.toMatchObject({
      code: 'KindNotFound',
      message: 'no matches for kind "Widget" in version "x.io/v1"',
    })
    server.kinds.set('x.io/v1', [widget])
    const many = Array.from({ length: 100 }, () => discovery.resolve(ofWidget))
    await clock.advance(499)
    expect(server.asked).toHaveLength(2)
    await clock.advance(1)
    expect(await Promise.all(many)).toHaveLength(100)
    expect(server.asked).toHaveLength(4)
  })
  it('does not answer a miss by a read that began before the question', async () => {
    const server = aggregatedServer()
    const slow = Promise.withResolvers<void>()
    const slowServer: Server = {
      ...server,
      fetch: async (...asked) => {
        const answer = await server.fetch(...asked)
        if (server.asked.length <= 2) await slow.promise
        return answer
      },
    }
    const { discovery, clock } = discover(slowServer)
    const early = discovery.resolve(ofWidget)
    const refused = codeOfFailure(early)
    await clock.advance(0)
    server.kinds.set('x.io/v1', [widget])
    const late = discovery.resolve(ofWidget)
    slow.resolve()
    await expect(refused).resolves.toBe('KindNotFound')
    await clock.advance(1000)
    await expect(late).resolves.toEqual(widget)
  })
  it('drops kinds that went, and reads again after a failure', async () => {
    const server = aggregatedServer()
    server.kinds.set('x.io/v1', [widget])
    const { discovery, clock } = discover(server)
    await discovery.resolve(ofWidget)
    server.kinds.delete('x.io/v1')
    discovery.forget(ofWidget)
    expect(discovery.known(ofWidget)).toBeUndefined()
    server.fail = new KubeError('Unreachable', 'away')
    const failing = codeOfFailure(discovery.resolve(ofWidget))
    await clock.advance(500)
    await expect(failing).resolves.toBe('Unreachable')
    server.fail = undefined
    const missing = codeOfFailure(discovery.resolve(ofWidget))
    await clock.advance(500)
    await expect(missing).resolves.toBe('KindNotFound')
  })
  it('gives a caller up without harm to the others', async () => {
    const server = aggregatedServer()
    server.kinds.set('x.io/v1', [widget])
    const { discovery } = discover(server)
    const controller = new AbortController()
    const first = discovery.resolve(ofWidget, controller.signal)
    const second = discovery.resolve(ofWidget)
    controller.abort(new Error('given up'))
    await expect(first).rejects.toThrow('given up')
    await expect(second).resolves.toEqual(widget)
  })
  it('asks an older server for the group and version alone', async () => {
    const server = olderServer()
    server.kinds.set('x.io/v1', [widget])
    const { discovery, clock } = discover(server)
    await expect(discovery.resolve(ofWidget)).resolves.toEqual(widget)
    const core = discovery.resolve({ apiVersion: 'v1', kind: 'Node' })
    await clock.advance(500)
    await expect(core).resolves.toEqual(node)
    const missing = codeOfFailure(discovery.resolve({ apiVersion: 'y.io/v1', kind: 'Widget' }))
    await clock.advance(500)
    await expect(missing).resolves.toBe('KindNotFound')
    expect(server.asked).toEqual(['/api', '/apis', '/apis/x.io/v1', '/api/v1', '/apis/y.io/v1'])
    expect(discovery.known(ofWidget)).toEqual(widget)
  })
})
