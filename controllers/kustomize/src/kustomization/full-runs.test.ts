// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Kustomization } from '@tidelock/api'
import { FakeClock } from '@tidelock/testkit'
import { FullRuns } from './full-runs.ts'

const periodMs = 1000
let clock: FakeClock
let runs: FullRuns
beforeEach(() => {
  clock = new FakeClock()
  runs = new FullRuns({ clock, random: () => 0.5, periodMs })
})

function obj(over: { generation?: number; request?: string; uid?: string } = {}): Kustomization {
  const { generation = 1, request, uid = 'u' } = over
  const annotations = request === undefined ? {} : { 'reconcile.fluxcd.io/requestedAt': request }
  return { metadata: { name: 'app', namespace: 'ns', generation, uid, annotations } } as Kustomization
}

describe('FullRuns', () => {
  it('is due at first, for each generation and each request once, and for an object made anew', () => {
    for (const each of [obj(), obj({ generation: 2 }), obj({ generation: 2, request: 'a' }), obj({ uid: 'v' })]) {
      expect(runs.isDue(each)).toBe(true)
      runs.done(each)
      expect(runs.isDue(each)).toBe(false)
    }
  })

  it('is due again after the period; the first period is shorter', async () => {
    runs.done(obj())
    await clock.advance(periodMs * 0.75 - 1)
    expect(runs.isDue(obj())).toBe(false)
    await clock.advance(1)
    expect(runs.isDue(obj())).toBe(true)
    runs.done(obj())
    await clock.advance(periodMs - 1)
    expect(runs.isDue(obj())).toBe(false)
    await clock.advance(1)
    expect(runs.isDue(obj())).toBe(true)
  })

  it('is due once it is marked, and still after a run that began before the mark', () => {
    const key = { namespace: 'ns', name: 'app' }
    runs.done(obj())
    runs.mark(key)
    expect(runs.isDue(obj())).toBe(true)
    runs.mark(key)
    runs.done(obj())
    expect([runs.isMarked(key), runs.isDue(obj())]).toEqual([true, true])
    runs.done(obj())
    expect([runs.isMarked(key), runs.isDue(obj())]).toEqual([false, false])
  })

  it('is due for an object that was forgotten', () => {
    runs.done(obj())
    runs.forget({ namespace: 'ns', name: 'app' })
    expect(runs.isDue(obj())).toBe(true)
  })
})
