// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { FakeClock, eventually } from '@tidelock/testkit'
import { FakeApiServer, sendJson, sendStatus } from '../test/fake-api-server.ts'
import type { SeenRequest } from '../test/fake-api-server.ts'
import { KubeClient } from './client.ts'
import { LeaderElector } from './leader-elector.ts'
import type { LeaderElectorOptions } from './leader-elector.ts'
import type { Lease } from './lease-record.ts'

let server: FakeApiServer
let client: KubeClient
let lease: Lease | undefined
let away: boolean
/** Called between a create and its answer. */
let answered: (() => void) | undefined
let clock: FakeClock
let ends: AbortController[]

// a Lease with optimistic locking and no watch, so that only time moves the candidates
beforeEach(async () => {
  lease = undefined
  away = false
  answered = undefined
  ends = []
  clock = new FakeClock()
  server = await FakeApiServer.start((request, response) => {
    if (away) return void response.destroy()
    if (request.query.has('watch') || request.path.endsWith('/leases')) {
      if (request.method !== 'POST') return sendStatus(response, 403, 'Forbidden')
    }
    const result = answer(request)
    if (request.method === 'POST') answered?.()
    if (typeof result === 'string') sendStatus(response, result === 'NotFound' ? 404 : 409, result)
    else sendJson(response, 200, result)
  })
  client = new KubeClient({ target: { server: server.url }, userAgent: 'test', retry: { attempts: 1 } })
})
afterEach(async () => {
  for (const end of ends) end.abort(new Error('the test is over'))
  await client.close()
  await server[Symbol.asyncDispose]()
})

function answer(request: SeenRequest): Lease | string {
  if (request.method === 'GET') return lease ?? 'NotFound'
  const sent = JSON.parse(request.body) as Lease
  if (request.method === 'POST' && lease !== undefined) return 'AlreadyExists'
  if (request.method === 'PUT' && lease?.metadata.resourceVersion !== sent.metadata.resourceVersion) return 'Conflict'
  const resourceVersion = String(Number(lease?.metadata.resourceVersion ?? '0') + 1)
  lease = { ...sent, metadata: { ...sent.metadata, resourceVersion } }
  return lease
}

interface Candidate {
  readonly elector: LeaderElector
  readonly end: AbortController
  readonly term: { signal: AbortSignal | undefined; stopped: boolean }
  readonly outcome: Promise<'lost' | 'stopped'>
  readonly seen: string[]
}

function candidate(identity: string, options: Partial<LeaderElectorOptions> = {}): Candidate {
  const end = new AbortController()
  ends.push(end)
  const term: Candidate['term'] = { signal: undefined, stopped: false }
  const seen: string[] = []
  const elector = new LeaderElector({
    client,
    namespace: 'ns',
    name: 'lock',
    identity,
    clock,
    random: () => 0,
    onStarted: (signal) => void (term.signal = signal),
    onStopped: () => void (term.stopped = true),
    onNewLeader: (holder) => seen.push(holder),
    ...options,
  })
  return { elector, end, term, outcome: elector.run(end.signal), seen }
}

/** Moves the time until the check holds, as fast as the requests in between are answered. */
async function advanceUntil(check: () => void, stepMs: number = 1_000): Promise<void> {
  await eventually(
    async () => {
      await clock.advance(stepMs)
      check()
    },
    { intervalMs: 5 },
  )
}

describe('LeaderElector', () => {
  it('creates the Lease, renews it, and gives it up at the end', async () => {
    const a = candidate('a')
    await eventually(() => expect(a.elector.isLeader).toBe(true))
    expect(lease?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 35,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    })
    const requests = server.asked.length
    await advanceUntil(() => expect(lease?.metadata.resourceVersion).toBe('3'))
    expect(server.asked.slice(requests).map(({ method }) => method)).toEqual(['PUT', 'PUT'])
    expect(lease?.spec?.acquireTime).toBe('2026-01-01T00:00:00.000000Z')
    a.end.abort(new Error('done'))
    await expect(a.outcome).resolves.toBe('stopped')
    expect(a.term.signal?.aborted).toBe(true)
    expect(a.term.stopped).toBe(true)
    expect(a.elector.isLeader).toBe(false)
    expect(lease?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 })
  })

  it('keeps the Lease at the end if told so', async () => {
    const a = candidate('a', { releaseOnCancel: false })
    await eventually(() => expect(a.elector.isLeader).toBe(true))
    a.end.abort(new Error('done'))
    await a.outcome
    expect(lease?.spec?.holderIdentity).toBe('a')
  })

  it('takes over a released Lease at the next try and counts the transition', async () => {
    const a = candidate('a')
    await eventually(() => expect(a.elector.isLeader).toBe(true))
    const b = candidate('b')
    await eventually(() => expect(b.seen).toEqual(['a']))
    a.end.abort(new Error('done'))
    await a.outcome
    await advanceUntil(() => expect(b.elector.isLeader).toBe(true))
    expect(lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 })
    expect(b.seen).toEqual(['a', '', 'b'])
  })

  it('takes over from a dead leader after the lease duration by its own clock, never before', async () => {
    const dead = '1999-01-01T00:00:00.000000Z'
    lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'lock', namespace: 'ns', resourceVersion: '1' },
      spec: {
        holderIdentity: 'dead',
        leaseDurationSeconds: 35,
        acquireTime: dead,
        renewTime: dead,
        leaseTransitions: 4,
      },
    }
    const b = candidate('b')
    await eventually(() => expect(b.seen).toEqual(['dead']))
    const startMs = clock.monotonic()
    await advanceUntil(() => expect(b.elector.isLeader).toBe(true), 100)
    expect(clock.monotonic() - startMs).toBeGreaterThanOrEqual(35_000)
    expect(lease.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 5 })
  })

  it('stops leading at the renew deadline when the server is away, before others may take over', async () => {
    const a = candidate('a')
    await eventually(() => expect(a.elector.isLeader).toBe(true))
    const startMs = clock.monotonic()
    away = true
    await advanceUntil(() => expect(a.elector.isLeader).toBe(false), 500)
    const ledMs = clock.monotonic() - startMs
    expect(ledMs).toBeGreaterThanOrEqual(30_000)
    expect(ledMs).toBeLessThan(35_000)
    await clock.advance(5_000)
    await expect(a.outcome).resolves.toBe('lost')
    expect(a.term.signal?.aborted).toBe(true)
  })

  it('leaves a Lease that it could not renew to run out, as its work may still be ending', async () => {
    const a = candidate('a')
    await eventually(() => expect(a.elector.isLeader).toBe(true))
    away = true
    // the server comes back just when the leader has given up
    a.term.signal?.addEventListener('abort', () => void (away = false))
    const startMs = clock.monotonic()
    await advanceUntil(() => expect(a.elector.isLeader).toBe(false), 500)
    await expect(a.outcome).resolves.toBe('lost')
    expect(lease?.spec?.holderIdentity).toBe('a')
    const b = candidate('b')
    await advanceUntil(() => expect(b.elector.isLeader).toBe(true), 500)
    expect(clock.monotonic() - startMs).toBeGreaterThanOrEqual(35_000)
  })

  it('stops leading at once when another holds the Lease', async () => {
    const a = candidate('a')
    await eventually(() => expect(a.elector.isLeader).toBe(true))
    if (lease === undefined) throw new Error('there is no lease')
    lease = {
      ...lease,
      metadata: { ...lease.metadata, resourceVersion: '70' },
      spec: { ...lease.spec, holderIdentity: 'thief' },
    }
    await advanceUntil(() => expect(a.elector.isLeader).toBe(false))
    await expect(a.outcome).resolves.toBe('lost')
    expect(lease.spec?.holderIdentity).toBe('thief')
    expect(clock.monotonic()).toBeLessThan(10_000)
  })

  it('rides out a short absence', async () => {
    const a = candidate('a')
    await eventually(() => expect(a.elector.isLeader).toBe(true))
    away = true
    await clock.advance(12_000)
    away = false
    const version = lease?.metadata.resourceVersion
    await advanceUntil(() => expect(lease?.metadata.resourceVersion).not.toBe(version))
    expect(a.elector.isLeader).toBe(true)
  })

  it('lets one of many win', async () => {
    const all = ['a', 'b', 'c', 'd'].map((identity) => candidate(identity))
    await advanceUntil(() => expect(all.some(({ elector }) => elector.isLeader)).toBe(true))
    for (let i = 0; i < 20; i += 1) {
      await clock.advance(5_000)
      expect(all.filter(({ elector }) => elector.isLeader)).toHaveLength(1)
    }
  })

  it('ends while it waits', async () => {
    lease = {
      apiVersion: 'v1',
      kind: 'Lease',
      metadata: { name: 'lock', resourceVersion: '1' },
      spec: { holderIdentity: 'x', leaseDurationSeconds: 35 },
    }
    const b = candidate('b')
    await eventually(() => expect(b.seen).toEqual(['x']))
    b.end.abort(new Error('done'))
    await expect(b.outcome).resolves.toBe('stopped')
    expect(b.term.signal).toBeUndefined()
  })

  it('gives up what it took by a write whose answer it did not wait for', async () => {
    const b = candidate('b')
    answered = () => b.end.abort(new Error('done'))
    await expect(b.outcome).resolves.toBe('stopped')
    expect(b.term.signal).toBeUndefined()
    expect(lease?.spec).toMatchObject({ holderIdentity: '' })
  })

  it('refuses times that would let two lead', () => {
    const make = (times: Partial<LeaderElectorOptions>): LeaderElector =>
      new LeaderElector({ client, namespace: 'n', name: 'l', identity: 'i', onStarted: () => {}, ...times })
    expect(() => make({ leaseDurationMs: 30_000 })).toThrow(RangeError)
    expect(() => make({ retryPeriodMs: 25_000 })).toThrow(RangeError)
  })
})
