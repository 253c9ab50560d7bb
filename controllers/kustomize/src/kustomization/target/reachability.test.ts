// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals'
import { KubeError } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import { FakeClock } from '@tidelock/testkit'
import { Reachability } from './reachability.ts'

const signal = new AbortController().signal
const away = new KubeError('Unreachable', 'connect ECONNREFUSED')

let clock: FakeClock
let probes: PromiseWithResolvers<void>[]
let reachability: Reachability
beforeEach(() => {
  clock = new FakeClock()
  probes = []
  const raw = (): Promise<void> => {
    const probe = Promise.withResolvers<void>()
    probes.push(probe)
    return probe.promise
  }
  reachability = new Reachability({ host: 'far:6443', raw } as unknown as KubeClient, clock)
})

describe('a cluster', () => {
  it('is asked once for all, and again only after a while', async () => {
    const both = [reachability.check(signal), reachability.check(signal)]
    probes[0]?.resolve()
    await Promise.all(both)
    await reachability.check(signal)
    expect(probes).toHaveLength(1)
    await clock.advance(10_000)
    const again = reachability.check(signal)
    probes[1]?.resolve()
    await expect(again).resolves.toBeUndefined()
  })

  it('answers with a refusal too', async () => {
    const check = reachability.check(signal)
    probes[0]?.reject(new KubeError('Unauthorized', 'no', { status: 401 }))
    await expect(check).resolves.toBeUndefined()
  })

  it('that is away fails at once for all who ask, and is asked again after a while', async () => {
    const check = reachability.check(signal)
    probes[0]?.reject(away)
    const message = 'the cluster of spec.kubeConfig at far:6443 cannot be reached: connect ECONNREFUSED'
    await expect(check).rejects.toMatchObject({ code: 'ClusterUnreachable', message })
    await expect(reachability.check(signal)).rejects.toMatchObject({ code: 'ClusterUnreachable' })
    expect(probes).toHaveLength(1)
    await clock.advance(10_000)
    const again = reachability.check(signal)
    probes[1]?.resolve()
    await expect(again).resolves.toBeUndefined()
  })

  it('that is slow holds nobody, and its answer counts for the next', async () => {
    const check = reachability.check(signal)
    check.catch(() => undefined)
    await clock.advance(2000)
    await expect(check).rejects.toMatchObject({ code: 'ClusterSlow' })
    probes[0]?.resolve()
    await clock.advance(1)
    await expect(reachability.check(signal)).resolves.toBeUndefined()
    expect(probes).toHaveLength(1)
  })

  it('is no longer asked about when the run ends', async () => {
    const stop = new AbortController()
    const check = reachability.check(stop.signal)
    stop.abort(new Error('stopped'))
    await expect(check).rejects.toThrow('stopped')
  })
})
