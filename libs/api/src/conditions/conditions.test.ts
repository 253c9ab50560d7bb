// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import type { ConditionHolder } from '../meta/object.ts'
import { isFalse, isReady, isReconciling, isStalled, isTrue, isUnknown, getCondition } from './get.ts'
import {
  compareConditions,
  markFalse,
  markReconciling,
  markStalled,
  markTrue,
  markUnknown,
  maxConditionMessageBytes,
  removeCondition,
  setCondition,
  trimMessage,
} from './set.ts'

const first = new Date('2026-01-01T00:00:00.900Z')
const later = new Date('2026-01-01T00:01:00Z')
const holder = (generation = 1): ConditionHolder => ({ metadata: { generation } })
const types = (obj: ConditionHolder): string[] => (obj.status?.conditions ?? []).map(({ type }) => type)

describe('setCondition', () => {
  it('fills in generation and transition time, whole seconds', () => {
    const obj = holder(3)
    setCondition(obj, { type: 'Ready', status: 'True', reason: 'Succeeded', message: 'done' }, first)
    expect(obj.status?.conditions).toEqual([
      {
        type: 'Ready',
        status: 'True',
        reason: 'Succeeded',
        message: 'done',
        observedGeneration: 3,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ])
  })
  it('keeps the transition time while nothing changes, and still follows the generation', () => {
    const obj = holder(1)
    markTrue(obj, 'Ready', 'Succeeded', 'done', first)
    obj.metadata.generation = 2
    markTrue(obj, 'Ready', 'Succeeded', 'done', later)
    expect(getCondition(obj, 'Ready')).toMatchObject({
      lastTransitionTime: '2026-01-01T00:00:00Z',
      observedGeneration: 2,
    })
  })
  it.each([
    ['status', 'False', 'Succeeded', 'done'],
    ['reason', 'True', 'Other', 'done'],
    ['message', 'True', 'Succeeded', 'other'],
  ] as const)('moves the transition time with the %s', (_what, status, reason, message) => {
    const obj = holder()
    markTrue(obj, 'Ready', 'Succeeded', 'done', first)
    setCondition(obj, { type: 'Ready', status, reason, message }, later)
    expect(getCondition(obj, 'Ready')?.lastTransitionTime).toBe('2026-01-01T00:01:00Z')
  })
  it('leaves earlier lists and entries as they were', () => {
    const obj = holder()
    markTrue(obj, 'Ready', 'Succeeded', 'done', first)
    const before = obj.status?.conditions
    const copy = structuredClone(before)
    markFalse(obj, 'Ready', 'Failed', 'broken', later)
    removeCondition(obj, 'Ready')
    expect(before).toEqual(copy)
    expect(obj.status?.conditions).toEqual([])
  })
  it('puts Stalled, Reconciling and Ready first, then newer generations, then names', () => {
    const obj = holder(1)
    for (const type of ['FetchFailed', 'ArtifactInStorage', 'Ready']) markTrue(obj, type, 'R', '', first)
    obj.metadata.generation = 2
    for (const type of ['StorageOperationFailed', 'Reconciling']) markTrue(obj, type, 'R', '', first)
    expect(types(obj)).toEqual(['Reconciling', 'Ready', 'StorageOperationFailed', 'ArtifactInStorage', 'FetchFailed'])
  })
  it('orders any conditions consistently', () => {
    const condition = fc.record({
      type: fc.constantFrom('Ready', 'Stalled', 'Reconciling', 'A', 'B', 'C'),
      status: fc.constant('True' as const),
      reason: fc.constant('R'),
      message: fc.constant(''),
      lastTransitionTime: fc.constant('2026-01-01T00:00:00Z'),
      observedGeneration: fc.nat(3),
    })
    fc.assert(
      fc.property(condition, condition, condition, (a, b, c) => {
        expect(Math.sign(compareConditions(a, b)) + Math.sign(compareConditions(b, a))).toBe(0)
        const ascending = compareConditions(a, b) <= 0 && compareConditions(b, c) <= 0
        expect(ascending && compareConditions(a, c) > 0).toBe(false)
      }),
    )
  })
})

describe('trimMessage', () => {
  it('keeps what fits and marks what was cut', () => {
    const fits = 'x'.repeat(maxConditionMessageBytes)
    expect(trimMessage(fits)).toBe(fits)
    expect(trimMessage(`${fits}y`)).toBe(`${'x'.repeat(maxConditionMessageBytes - 3)}...`)
  })
  it('never cuts inside a character', () => {
    for (const pad of ['', 'a', 'ab', 'abc']) {
      const trimmed = trimMessage(pad + '\u{1f30a}'.repeat(maxConditionMessageBytes / 4))
      expect(Buffer.byteLength(trimmed)).toBeLessThanOrEqual(maxConditionMessageBytes)
      expect(trimmed).not.toContain('\ufffd')
      expect(trimmed.isWellFormed()).toBe(true)
    }
  })
  it('is used when a condition is set, so that setting a long message again changes nothing', () => {
    const obj = holder()
    markFalse(obj, 'Ready', 'Failed', 'x'.repeat(30_000), first)
    markFalse(obj, 'Ready', 'Failed', 'x'.repeat(30_000), later)
    expect(getCondition(obj, 'Ready')?.lastTransitionTime).toBe('2026-01-01T00:00:00Z')
    expect(getCondition(obj, 'Ready')?.message).toHaveLength(maxConditionMessageBytes)
  })
})

describe('reconciling and stalled', () => {
  it('exclude each other', () => {
    const obj = holder()
    markReconciling(obj, 'Progressing', 'fetching', first)
    expect([isReconciling(obj), isStalled(obj)]).toEqual([true, false])
    markStalled(obj, 'URLInvalid', 'bad', first)
    expect(types(obj)).toEqual(['Stalled'])
    expect([isReconciling(obj), isStalled(obj)]).toEqual([false, true])
    markReconciling(obj, 'Progressing', 'fetching', first)
    expect(types(obj)).toEqual(['Reconciling'])
  })
  it('keep the object from being ready', () => {
    const obj = holder()
    markTrue(obj, 'Ready', 'Succeeded', '', first)
    expect(isReady(obj)).toBe(true)
    markReconciling(obj, 'Progressing', '', first)
    expect(isReady(obj)).toBe(false)
    markStalled(obj, 'URLInvalid', '', first)
    expect(isReady(obj)).toBe(false)
  })
})

describe('reading', () => {
  it('takes a missing condition for unknown', () => {
    const obj = holder()
    expect([isTrue(obj, 'Ready'), isFalse(obj, 'Ready'), isUnknown(obj, 'Ready')]).toEqual([false, false, true])
    markUnknown(obj, 'Ready', 'Progressing', '', first)
    expect([isTrue(obj, 'Ready'), isFalse(obj, 'Ready'), isUnknown(obj, 'Ready')]).toEqual([false, false, true])
    markFalse(obj, 'Ready', 'Failed', '', first)
    expect([isTrue(obj, 'Ready'), isFalse(obj, 'Ready'), isUnknown(obj, 'Ready')]).toEqual([false, true, false])
  })
  it('removes from an object without status', () => {
    const obj = holder()
    removeCondition(obj, 'Ready')
    expect(obj).toEqual(holder())
  })
})
