// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ObjectRef } from '@tidelock/kube'
import { eventually } from '@tidelock/testkit'
import { ToyCluster } from './toy-cluster.ts'
import { ToyProcess } from './toy-process.ts'

let toy: ToyCluster
let scratch: string
const toys: ToyProcess[] = []

beforeEach(async () => {
  toy = await ToyCluster.open()
  scratch = await mkdtemp(join(tmpdir(), 'tidelock-election-'))
})
afterEach(async () => {
  await Promise.all(toys.splice(0).map((each) => each.end()))
  await rm(scratch, { recursive: true, force: true })
})

function start(name: string, leaseSeconds: number, extra: readonly string[] = [], env = {}): ToyProcess {
  const { cluster, namespace } = toy
  const args = [
    '--enable-leader-election',
    `--leader-election-lease-duration=${leaseSeconds}s`,
    `--leader-election-renew-deadline=${leaseSeconds * 0.8}s`,
    '--leader-election-retry-period=500ms',
    ...extra,
  ]
  const started = new ToyProcess({ cluster, namespace, spoolDir: join(scratch, name), args, env })
  toys.push(started)
  return started
}

const isElected = (line: { readonly elected?: string }): boolean => line.elected !== undefined
const ran = (process: ToyProcess): number => process.lines.filter(({ point }) => point === 'run-started').length

const leaseRef = (): ObjectRef => ({
  ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
  ...{ namespace: toy.namespace, name: 'toy-controller-leader-election' },
})

async function leaderAndStandby(leaseSeconds: number): Promise<[ToyProcess, ToyProcess]> {
  const leader = start('first', leaseSeconds)
  await leader.waitFor(isElected, 'elected')
  const standby = start('second', leaseSeconds)
  await standby.waitFor(({ started }) => started !== undefined, 'started')
  return [leader, standby]
}

describe('two instances', () => {
  it('take turns: only one works, and the other takes over when it is killed', async () => {
    const [leader, standby] = await leaderAndStandby(600)
    for (let index = 0; index < 5; index++) await toy.create(`app-${index}`, 'ok')
    for (let index = 0; index < 5; index++) await toy.ready(`app-${index}`, 'True')
    expect(ran(leader)).toBeGreaterThanOrEqual(5)
    expect([ran(standby), standby.lines.some(isElected)]).toEqual([0, false])
    await leader.end('SIGKILL')
    expect(standby.lines.some(isElected)).toBe(false)
    // nobody waits ten minutes here: from now on the dead one's lease is a short one
    await toy.cluster.client.patch(leaseRef(), { type: 'merge', body: { spec: { leaseDurationSeconds: 1 } } })
    await standby.waitFor(isElected, 'elected')
    await toy.create('after', 'ok')
    await toy.ready('after', 'True')
  })
  it('hand over at once when the leader stops, long before its lease would run out', async () => {
    const [leader, standby] = await leaderAndStandby(600)
    await toy.create('app', 'ok')
    await toy.ready('app', 'True')
    expect(await leader.end('SIGTERM')).toBe(0)
    await standby.waitFor(isElected, 'elected')
    await toy.setPath('app', 'ok/2')
    const obj = await toy.ready('app', 'True')
    expect(obj.status?.observedGeneration).toBe(2)
  })
  it('a leader that lost its lease stops working, writes no result any more, and ends with an error', async () => {
    const leader = start('first', 10, [], { TOY_DRAIN_MS: '2000' })
    await leader.waitFor(isElected, 'elected')
    // the run outlasts the loss, also where that is noticed late, and the stop outlasts the run
    await toy.create('late', 'stubborn/15000')
    await leader.reached('progress-patched')
    const spec = {
      holderIdentity: 'usurper',
      leaseDurationSeconds: 600,
      renewTime: new Date().toISOString().replace('Z', '000Z'),
    }
    await toy.cluster.client.patch(leaseRef(), { type: 'merge', body: { spec } })
    await eventually(() => expect(leader.isRunning).toBe(false))
    expect(leader.child.exitCode).toBe(1)
    expect(leader.log).toContain('lost the lease toy-controller-leader-election')
    expect(leader.lines.map(({ point }) => point)).toContain('outcome-known')
    expect((await toy.get('late')).status?.conditions?.map(({ reason }) => reason)).toEqual([
      'Progressing',
      'Progressing',
    ])
  })
  it('with different label selectors are shards: each has a lease of its own and leads', async () => {
    const one = start('first', 120, ['--watch-label-selector=shard=1'])
    const two = start('second', 120, ['--watch-label-selector=!shard'])
    await Promise.all([one.waitFor(isElected, 'elected'), two.waitFor(isElected, 'elected')])
    await toy.create('plain', 'ok')
    await toy.create('sharded', 'ok', {})
    await toy.ready('plain', 'True')
    const before = ran(one)
    await toy.patch('sharded', { metadata: { labels: { shard: '1' } } })
    await eventually(() => expect(ran(one)).toBeGreaterThan(before))
    const leases = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true }
    const { items } = await toy.cluster.client.list(leases, { namespace: toy.namespace })
    const names = items.map(({ metadata }) => metadata.name)
    expect(names).toHaveLength(2)
    for (const name of names) expect(name).toMatch(/^toy-controller-leader-election-[0-9a-f]{8}$/)
  })
})

describe('a process', () => {
  it('lets a run that is about to end finish when it is told to stop', async () => {
    // on a busy machine 200 ms become more than the usual patience
    const process = start('only', 120, [], { TOY_DRAIN_MS: '6000' })
    await process.waitFor(isElected, 'elected')
    await toy.create('slow', 'slow/200')
    await process.reached('progress-patched')
    expect(await process.end('SIGTERM')).toBe(0)
    expect((await toy.get('slow')).status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True')
  })
  it('aborts a run that would take too long, without a verdict on the object', async () => {
    const process = start('only', 120)
    await process.waitFor(isElected, 'elected')
    await toy.create('stuck', 'slow/600000')
    await process.reached('progress-patched')
    expect(await process.end('SIGTERM')).toBe(0)
    const ready = (await toy.get('stuck')).status?.conditions?.find(({ type }) => type === 'Ready')
    expect(ready?.status).toBe('Unknown')
  })
  it('ends when its life line does', async () => {
    const { cluster, namespace } = toy
    const env = { TIDELOCK_LIFELINE_FD: '3' }
    const process = new ToyProcess({ cluster, namespace, spoolDir: join(scratch, 'x'), env })
    toys.push(process)
    await process.waitFor(isElected, 'elected')
    process.child.stdio[3]?.destroy()
    await eventually(() => expect(process.child.exitCode).toBe(0))
  })
  it('says what is wrong with its flags and does not start', async () => {
    const process = start('only', 120, ['--concurrent=none'])
    await eventually(() => expect(process.isRunning).toBe(false))
    expect(process.child.exitCode).toBe(1)
    expect(process.log).toContain("--concurrent: 'none' must be a whole number from 1 to 10000")
  })
})
