// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { Kind } from '@tidelock/api'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import { eventually, FakeClock } from '@tidelock/testkit'
import type { HealthTarget } from './health-types.ts'
import type { ObjectWatcher } from './object-watcher.ts'
import { Wait } from './wait.ts'

const kind: Kind = { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true }
const targets = (count: number): HealthTarget[] =>
  Array.from({ length: count }, (_, each) => ({
    ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: `ns-${each}`, name: 'app' },
  }))

it('opens a bounded number of watches, and reads the rest in turns', async () => {
  const clock = new FakeClock()
  const read: string[] = []
  let atOnce = 0
  let most = 0
  const client = {
    find: async ({ namespace = '' }: ObjectRef) => {
      most = Math.max(most, ++atOnce)
      await Promise.resolve()
      atOnce--
      read.push(namespace)
      return undefined
    },
    resolve: () => Promise.resolve(kind),
  } as unknown as KubeClient
  const watched = new Set<string>()
  const watcher = {
    watch: (_kind: Kind, { ref }: HealthTarget) => {
      watched.add(ref.namespace ?? '')
      return () => undefined
    },
  } as unknown as ObjectWatcher
  const wait = new Wait({ client, clock, watcher, pollMs: 5000 }, targets(350), { timeoutMs: 3_600_000 })
  await wait.looked
  expect(read).toHaveLength(350)
  await eventually(() => expect(watched.size).toBe(50))
  for (const turn of [1, 2, 3]) {
    read.length = turn === 1 ? 0 : read.length
    // the timer of the next turn is set when this one is over
    await eventually(() => expect(clock.pending).toBe(2))
    await clock.advance(5000)
    await eventually(() => expect(read).toHaveLength(100 * turn))
  }
  expect(new Set(read).size).toBe(300)
  expect(read.filter((namespace) => watched.has(namespace))).toEqual([])
  expect(most).toBeLessThanOrEqual(4)
  wait.cancel()
})
