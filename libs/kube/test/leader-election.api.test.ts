// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { LeaderElector } from '@tidelock/kube'
import { createNamespace, eventually, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'

let cluster: TestCluster
let namespace: string
beforeAll(async () => {
  cluster = await testCluster()
  namespace = await createNamespace(cluster.client)
})
afterAll(() => cluster.client.close())

interface LeaseObject {
  readonly spec?: { readonly holderIdentity?: string; readonly leaseTransitions?: number }
}

function candidate(identity: string): { elector: LeaderElector; end: AbortController; outcome: Promise<string> } {
  const end = new AbortController()
  const { client } = cluster
  // beyond every patience: only a watch tells in time
  const times = { leaseDurationMs: 3_600_000, renewDeadlineMs: 3_000_000, retryPeriodMs: 1_200_000 }
  const options = { client, namespace, name: 'lock', identity, onStarted: () => {}, ...times }
  const elector = new LeaderElector(options)
  return { elector, end, outcome: elector.run(end.signal) }
}

describe('leader election', () => {
  it('hands over as soon as the Lease is released, long before the retry period', async () => {
    const a = candidate('a')
    await eventually(() => expect(a.elector.isLeader).toBe(true))
    const b = candidate('b')
    const c = candidate('c')
    const ref = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name: 'lock' }
    await expect(cluster.client.get(ref)).resolves.toMatchObject({ spec: { holderIdentity: 'a', leaseTransitions: 0 } })
    a.end.abort(new Error('done'))
    await expect(a.outcome).resolves.toBe('stopped')
    await eventually(() => expect([b, c].filter(({ elector }) => elector.isLeader)).toHaveLength(1))
    const { spec } = (await cluster.client.get(ref)) as LeaseObject
    expect(spec).toMatchObject({ leaseTransitions: 1 })
    const leader = b.elector.isLeader ? b : c
    const other = leader === b ? c : b
    other.end.abort(new Error('done'))
    await expect(other.outcome).resolves.toBe('stopped')
    await cluster.client.delete(ref)
    leader.end.abort(new Error('done'))
    await expect(leader.outcome).resolves.toBe('stopped')
    await expect(cluster.client.find(ref)).resolves.toBeUndefined()
  })
})
