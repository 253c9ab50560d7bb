// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { ApiObject, ObjectMeta } from '@tidelock/api'
import { triggerOf } from './triggers.ts'

const ready = { type: 'Ready', status: 'True', reason: 'R', message: '', lastTransitionTime: '' } as const

function object(metadata: Partial<ObjectMeta> = {}, status: ApiObject['status'] = {}): ApiObject {
  const { annotations = {}, ...rest } = metadata
  return { apiVersion: 'v1', kind: 'X', metadata: { name: 'x', uid: 'u', generation: 1, annotations, ...rest }, status }
}
const requested = (at: string): Partial<ObjectMeta> => ({ annotations: { 'reconcile.fluxcd.io/requestedAt': at } })

describe('triggerOf', () => {
  it.each([
    ['a status patch', object({ resourceVersion: '2' }, { observedGeneration: 1 }), object(), undefined],
    ['a label', object({ labels: { a: 'b' } }), object(), undefined],
    ['a finalizer', object({ finalizers: ['f'] }), object(), undefined],
    ['another annotation', object({ annotations: { x: 'y' } }), object(), undefined],
    ['a new generation', object({ generation: 2 }), object(), 'change'],
    ['a deletion', object({ deletionTimestamp: 't' }), object(), 'change'],
    ['a request', object(requested('1')), object(), 'user'],
    ['another request', object(requested('2')), object(requested('1')), 'user'],
    ['the same request', object(requested('1')), object(requested('1')), undefined],
    ['a request that was taken back', object(), object(requested('1')), undefined],
    ['a request and a new generation', object({ ...requested('1'), generation: 2 }), object(), 'user'],
    ['a new object', object(), undefined, 'change'],
    ['another object of the same name', object({ uid: 'v' }), object(), 'change'],
    ['a settled object at the start', object({}, { observedGeneration: 1, conditions: [ready] }), undefined, 'low'],
    [
      'one with a generation to go',
      object({ generation: 2 }, { observedGeneration: 1, conditions: [ready] }),
      undefined,
      'change',
    ],
    ['one that is not ready', object({}, { observedGeneration: 1 }), undefined, 'change'],
    [
      'one with an open request',
      object(requested('1'), { observedGeneration: 1, conditions: [ready] }),
      undefined,
      'user',
    ],
    [
      'one with a request that was handled',
      object(requested('1'), { observedGeneration: 1, conditions: [ready], lastHandledReconcileAt: '1' }),
      undefined,
      'low',
    ],
    [
      'a settled one that is being deleted',
      object({ deletionTimestamp: 't' }, { observedGeneration: 1, conditions: [ready] }),
      undefined,
      'change',
    ],
  ])('%s', (_name, now, before, expected) => {
    expect(triggerOf(now, before)).toBe(expected)
  })
})
