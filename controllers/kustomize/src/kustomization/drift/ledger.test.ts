// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Kustomization } from '@tidelock/api'
import { FakeClock } from '@tidelock/testkit'
import type { Drift } from './drift.ts'
import { DriftLedger } from './ledger.ts'

const key = { namespace: 'ns', name: 'app' }
const who = { manager: 'm', managers: ['m'] }
const drift: Drift = { subject: 'ConfigMap/ns/c', cause: 'changed', ...who, repeated: false, silent: false }
const held: Drift = { ...drift, left: 'interval' }

let clock: FakeClock
let counted: string[]
let ledger: DriftLedger
beforeEach(() => {
  clock = new FakeClock()
  counted = []
  const note =
    (what: string) =>
    (...args: (string | number | object)[]): void => {
      const words = args.map((arg) => (typeof arg === 'object' ? key.name : String(arg)))
      counted.push([what, ...words].join(' '))
    }
  ledger = new DriftLedger({
    clock,
    intervalJitterPercentage: 10,
    metrics: {
      detected: note('detected'),
      corrected: note('corrected'),
      left: note('left'),
      drifted: note('drifted'),
      forget: note('forget'),
    },
  })
})

function obj(over: { generation?: number; request?: string; mode?: string; uid?: string } = {}): Kustomization {
  const { generation = 1, request, mode, uid = 'u' } = over
  const annotations = {
    ...(request === undefined ? {} : { 'reconcile.fluxcd.io/requestedAt': request }),
    ...(mode === undefined ? {} : { 'kustomize.tidelock.dev/drift': mode }),
  }
  return { metadata: { ...key, uid, generation, annotations }, spec: { interval: '100s' } } as unknown as Kustomization
}

const nothing = (): boolean => false

describe('the time of the next correction', () => {
  it('is now, until a run corrected everything, and then the shortest interval later', async () => {
    expect(ledger.dueInMs(obj(), 'r1')).toBe(0)
    ledger.completed(obj(), 'r1', clock.monotonic())
    expect(ledger.dueInMs(obj(), 'r1')).toBe(90_000)
    await clock.advance(89_999)
    expect(ledger.dueInMs(obj(), 'r1')).toBe(1)
    await clock.advance(1)
    expect(ledger.dueInMs(obj(), 'r1')).toBe(0)
  })

  it.each([
    ['another generation', obj({ generation: 2 }), 'r1'],
    ['a request', obj({ request: 'now' }), 'r1'],
    ['an annotation of ours', obj({ mode: 'warn' }), 'r1'],
    ['another object of that name', obj({ uid: 'v' }), 'r1'],
    ['another revision', obj(), 'r2'],
  ])('is now for %s', (_what, changed, revision) => {
    ledger.completed(obj(), 'r1', clock.monotonic())
    expect(ledger.dueInMs(changed, revision)).toBeLessThanOrEqual(0)
  })
})

describe('take', () => {
  it('counts what is corrected, and has nothing to report of it', () => {
    expect(ledger.take(key, [drift], nothing)).toEqual([])
    expect(counted).toEqual(['detected changed', 'corrected changed', 'drifted app 0'])
    expect(ledger.isAwaited(key)).toBe(false)
  })

  it('reports what is left once, counts it once, and its correction', () => {
    expect(ledger.take(key, [held], nothing)).toEqual([held])
    expect(ledger.take(key, [held], nothing)).toEqual([])
    expect(ledger.isAwaited(key)).toBe(true)
    ledger.take(key, [drift], nothing)
    expect(counted).toEqual([
      'detected changed',
      'left changed interval',
      'drifted app 1',
      'drifted app 1',
      'corrected changed',
      'drifted app 0',
    ])
  })

  it('reports the same offence again when an hour has passed, another one at once', async () => {
    ledger.take(key, [held], nothing)
    ledger.take(key, [drift], nothing)
    expect(ledger.take(key, [held], nothing)).toEqual([])
    const other: Drift = { ...held, manager: 'other' }
    expect(ledger.take(key, [other], nothing)).toEqual([other])
    await clock.advance(3_600_000)
    ledger.take(key, [], nothing)
    expect(ledger.take(key, [held], nothing)).toEqual([held])
  })

  it('does not report what an earlier process said, nor what nobody is to hear of', () => {
    expect(ledger.take(key, [held], () => true)).toEqual([])
    expect(ledger.take(key, [{ ...held, subject: 'x', silent: true, left: 'off' }], nothing)).toEqual([])
  })

  it('awaits no correction of what is left for good', () => {
    ledger.take(key, [{ ...held, left: 'warn' }], nothing)
    expect(ledger.isAwaited(key)).toBe(false)
  })
})

it('forgets', () => {
  ledger.completed(obj(), 'r1', clock.monotonic())
  ledger.take(key, [held], nothing)
  ledger.forget(key)
  expect(ledger.isAwaited(key)).toBe(false)
  expect(ledger.dueInMs(obj(), 'r1')).toBe(0)
})
