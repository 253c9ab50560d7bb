// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals'
import type { ManagedFieldsEntry } from '@tidelock/api'
import { managerRules } from '../fields/takeover.ts'
import type { ObservedMetadata } from '../model/change-set.ts'
import { KindRecords } from './kind-records.ts'
import type { OwnedObject, OwnerEntry } from './kind-records.ts'
import { createSeenReader } from './seen.ts'
import type { Seen } from './seen.ts'

const us = 'kustomize-controller'
const labelGroup = 'kustomize.toolkit.fluxcd.io'
const read = createSeenReader({ labelGroup, fieldManager: us, rules: managerRules(us) })
const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'n', name: 'x' }
const ours: ManagedFieldsEntry = { manager: us, operation: 'Apply', fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {} } } }
const shrunk: ManagedFieldsEntry = { ...ours, fieldsV1: { 'f:data': { 'f:a': {} } } }
const edit: ManagedFieldsEntry = { manager: 'kubectl-edit', operation: 'Update', fieldsV1: { 'f:data': { 'f:b': {} } } }

function metadata(resourceVersion: string, managedFields: ManagedFieldsEntry[]): ObservedMetadata {
  const labels = { [`${labelGroup}/name`]: 'app', [`${labelGroup}/namespace`]: 'n' }
  return { uid: 'u', resourceVersion, labels, annotations: {}, managedFields }
}

const shown = (resourceVersion: string, managedFields: ManagedFieldsEntry[]): Seen =>
  read({ ...metadata(resourceVersion, managedFields), namespace: 'n', name: 'x' })

describe('KindRecords', () => {
  let view: Seen | undefined
  let raised: string[]
  let missing: OwnedObject[]
  let corrections: number
  let owner: OwnerEntry
  let records: KindRecords

  beforeEach(() => {
    view = undefined
    raised = []
    missing = []
    corrections = 0
    owner = { key: { namespace: 'n', name: 'app' }, intervalMs: 1000, records: new Set() }
    records = new KindRecords({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      read,
      view: () => view,
      missing: (record) => missing.push(record),
      raise: (record, verdict) => {
        const { cause, culprit } = verdict
        raised.push(`${cause} ${culprit}`)
        record.suspect = { owner: owner.key, object: ref, ...verdict, repeated: false }
      },
      corrected: () => corrections++,
    })
  })

  function show(now: Seen): void {
    view = now
    records.upserted(now)
  }

  it('takes an event that overtakes its response for the echo that it is', () => {
    show(shown('10', [ours]))
    records.put(owner, ref, 'hash', metadata('10', [ours]))
    const write = records.writing(ref)
    show(shown('11', [shrunk]))
    expect(records.isWriting(shown('11', []))).toBe(true)
    write.written(metadata('11', [shrunk]))
    expect({ raised, missing, writing: records.isWriting(shown('11', [])) }).toEqual({
      raised: [],
      missing: [],
      writing: false,
    })
  })

  it('sees what somebody else did while a write was under way', () => {
    show(shown('10', [ours]))
    records.put(owner, ref, 'hash', metadata('10', [ours]))
    const write = records.writing(ref)
    show(shown('12', [shrunk, edit]))
    write.written(metadata('11', [ours]))
    expect(raised).toEqual(['changed kubectl-edit'])
  })

  it('judges held events against what was known when the write failed', () => {
    show(shown('10', [ours]))
    records.put(owner, ref, 'hash', metadata('10', [ours]))
    const write = records.writing(ref)
    show(shown('11', [shrunk, edit]))
    expect(raised).toEqual([])
    write.written(undefined)
    expect(raised).toEqual(['changed kubectl-edit'])
  })

  it('holds events until the last of several writes has ended', () => {
    show(shown('10', [ours]))
    records.put(owner, ref, 'hash', metadata('10', [ours]))
    const [first, second] = [records.writing(ref), records.writing(ref)]
    first.written(metadata('11', [ours]))
    show(shown('12', [shrunk]))
    expect(raised).toEqual([])
    second.written(metadata('12', [shrunk]))
    expect(raised).toEqual([])
  })

  it('sees at once what the result of a run or of a write brings with it', () => {
    show(shown('12', [shrunk, edit]))
    records.put(owner, ref, 'hash', metadata('10', [ours]))
    expect(raised).toEqual(['changed kubectl-edit'])
    records.writing(ref).written(metadata('13', [ours, edit]))
    expect({ raised, corrections }).toEqual({
      raised: ['changed kubectl-edit', 'taken-over kubectl-edit'],
      corrections: 1,
    })
  })

  it('does not know the form of an object after a write until the run is recorded', () => {
    const record = records.put(owner, ref, 'hash', metadata('10', [ours]))
    records.writing(ref).written(metadata('11', [ours]))
    expect(record.renderedHash).toBe('')
    expect(records.put(owner, ref, 'hash2', metadata('11', [ours])).renderedHash).toBe('hash2')
    expect([records.size, owner.records.size]).toEqual([1, 1])
  })

  it('asks for objects that the watch does not show, and forgets those that we deleted', () => {
    const record = records.put(owner, ref, 'hash', metadata('10', [ours]))
    expect(missing).toEqual([record])
    const write = records.writing(ref)
    records.removed(shown('11', [ours]))
    write.deleted()
    expect({ raised, size: records.size, owned: owner.records.size }).toEqual({ raised: [], size: 0, owned: 0 })
    records.put(owner, ref, 'hash', metadata('12', [ours]))
    records.removed(shown('13', [ours]))
    expect(raised).toEqual(['deleted unknown'])
  })

  it('gives an object to the owner who recorded it last', () => {
    const other: OwnerEntry = { key: { namespace: 'n', name: 'other' }, intervalMs: 1, records: new Set() }
    records.put(owner, ref, 'hash', metadata('10', [ours]))
    records.put(other, ref, 'hash', metadata('11', [ours]))
    expect([records.size, owner.records.size, other.records.size]).toEqual([1, 0, 1])
  })
})
