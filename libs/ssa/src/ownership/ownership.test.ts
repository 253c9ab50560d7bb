// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { ManagedFieldsEntry } from '@tidelock/api'
import { managerRules } from '../fields/takeover.ts'
import { judge, takenOver } from './judge.ts'
import { Offences } from './offences.ts'
import { createSeenReader } from './seen.ts'

const us = 'kustomize-controller'
const labelGroup = 'kustomize.toolkit.fluxcd.io'
const owner = { name: 'shop', namespace: 'flux-system' }
const read = createSeenReader({ labelGroup, fieldManager: us, rules: managerRules(us) })

const spec = { 'f:spec': { 'f:paused': {}, 'f:replicas': {} } }
const shrunk = { 'f:spec': { 'f:paused': {} } }
const replicas = { 'f:spec': { 'f:replicas': {} } }
const ours = entry(us, 'Apply', spec, { time: '2026-01-01T00:00:00Z' })
const restart = {
  'f:spec': {
    'f:template': { 'f:metadata': { 'f:annotations': { '.': {}, 'f:kubectl.kubernetes.io/restartedAt': {} } } },
  },
}
const status = entry(
  'kube-controller-manager',
  'Update',
  { 'f:status': {} },
  { subresource: 'status', time: '2026-01-01T00:00:09Z' },
)

function entry(
  manager: string,
  operation: 'Apply' | 'Update',
  fieldsV1: object,
  more: object = {},
): ManagedFieldsEntry {
  return {
    manager,
    operation,
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1: fieldsV1 as Record<string, unknown>,
    ...more,
  }
}

function seen(managedFields: ManagedFieldsEntry[], more: object = {}) {
  return read({
    name: 'x',
    namespace: 'n',
    uid: 'u1',
    resourceVersion: '20',
    labels: { [`${labelGroup}/name`]: owner.name, [`${labelGroup}/namespace`]: owner.namespace },
    managedFields,
    ...more,
  })
}

const base = seen([ours], { resourceVersion: '10' })
const at = (time: string) => ({ time: `2026-01-01T00:00:${time}Z` })

describe('judge', () => {
  it.each([
    ['an echo', seen([entry(us, 'Apply', shrunk)], { resourceVersion: '10' })],
    ['an event older than our write', seen([entry(us, 'Apply', shrunk)], { resourceVersion: '9' })],
    ['a status write', seen([ours, status])],
    ['a co-owner of the same value', seen([ours, entry('other', 'Apply', spec)])],
    ["another controller's own fields", seen([ours, entry('other', 'Update', { 'f:metadata': {} }, at('05'))])],
    [
      'a deletion that waits for finalizers',
      seen([entry(us, 'Apply', shrunk)], { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    ],
    [
      'kubectl on an object whose managers keep their fields',
      seen([ours, entry('kubectl-label', 'Update', {})], { annotations: { [`${labelGroup}/ssa`]: 'Merge' } }),
    ],
  ])('%s is no suspicion', (_name, now) => expect(judge(base, now, owner)).toBeUndefined())

  it.each([
    [
      'kubectl edit',
      seen([entry(us, 'Apply', shrunk, at('00')), entry('kubectl-edit', 'Update', replicas, at('05'))]),
      'changed',
      'kubectl-edit',
      'now',
    ],
    [
      'kubectl label with a new key',
      seen([ours, entry('kubectl-label', 'Update', { 'f:metadata': {} }, at('05'))]),
      'taken-over',
      'kubectl-label',
      'now',
    ],
    [
      'an update under our own name',
      seen([entry(us, 'Apply', shrunk, at('00')), entry(us, 'Update', replicas, at('05'))]),
      'changed',
      us,
      'now',
    ],
    [
      'rollout restart',
      seen([ours, entry('kubectl-rollout', 'Update', restart, at('05'))]),
      'taken-over',
      'kubectl-rollout',
      'interval',
    ],
    [
      'scale, whose entry has no time',
      seen([
        entry(us, 'Apply', shrunk, at('00')),
        entry('kubectl', 'Update', replicas, { subresource: 'scale' }),
        entry('other', 'Update', {}, at('05')),
      ]),
      'changed',
      'kubectl',
      'interval',
    ],
    [
      'another controller',
      seen([entry(us, 'Apply', shrunk, at('00')), entry('other', 'Update', replicas, at('05')), status]),
      'changed',
      'other',
      'interval',
    ],
    ['a removal, which leaves no entry', seen([entry(us, 'Apply', shrunk, at('00'))]), 'changed', 'unknown', 'now'],
    [
      'a removal next to a status write',
      seen([entry(us, 'Apply', shrunk, at('00')), status]),
      'changed',
      'unknown',
      'now',
    ],
    ['managedFields thrown away', seen([]), 'changed', 'unknown', 'now'],
    [
      'an entry that came back',
      seen([entry(us, 'Apply', { ...spec, 'f:data': {} }, at('05'))]),
      'unclear',
      'unknown',
      'now',
    ],
    [
      'an apply under our name of other values',
      seen([entry(us, 'Apply', spec, at('05'))]),
      'unclear',
      'unknown',
      'now',
    ],
    [
      'another object of the same name',
      seen([entry('kubectl-create', 'Update', spec)], { uid: 'u2' }),
      'deleted',
      'kubectl-create',
      'now',
    ],
  ])('%s', (_name, now, cause, culprit, urgency) => {
    const verdict = judge(base, now, owner)
    expect(verdict).toMatchObject({ cause, culprit, urgency })
    expect(verdict?.managers.slice(0, 1)).toEqual(culprit === 'unknown' ? [] : [culprit])
  })

  it('names the newest of those who changed something, and is urgent if one of them is taken over', () => {
    const old = entry('first', 'Update', { 'f:a': {} }, at('09'))
    const before = seen([ours, old], { resourceVersion: '10' })
    const now = seen([
      entry(us, 'Apply', shrunk, at('00')),
      old,
      entry('kubectl-edit', 'Update', replicas, at('05')),
      entry('other', 'Update', {}, at('07')),
    ])
    expect(judge(before, now, owner)).toEqual({
      cause: 'changed',
      culprit: 'other',
      managers: ['other', 'kubectl-edit'],
      urgency: 'now',
    })
  })

  it.each([
    [
      'applied by another owner',
      { name: 'other', namespace: 'flux-system' },
      [entry(us, 'Apply', spec, at('05'))],
      'unknown',
      'interval',
    ],
    [
      'relabelled by hand',
      { name: 'other', namespace: 'flux-system' },
      [ours, entry('kubectl-label', 'Update', { 'f:metadata': {} }, at('05'))],
      'kubectl-label',
      'now',
    ],
  ])('says whose the object is when it was %s', (_name, newOwner, entries, culprit, urgency) => {
    const labels = { [`${labelGroup}/name`]: newOwner.name, [`${labelGroup}/namespace`]: newOwner.namespace }
    expect(judge(base, seen(entries, { labels }), owner)).toEqual({
      cause: 'owner-changed',
      culprit,
      managers: culprit === 'unknown' ? [] : [culprit],
      urgency,
      newOwner,
    })
  })
})

describe('takenOver', () => {
  it('sees what our write left behind', () => {
    expect(takenOver(seen([ours, entry('kubectl-edit', 'Update', {})]))).toMatchObject({ culprit: 'kubectl-edit' })
    expect(takenOver(seen([ours, status]))).toBeUndefined()
  })
})

describe('Offences', () => {
  it('lets a controller be corrected once per interval and object', () => {
    const offences = new Offences()
    expect(offences.isRepeated('x', 'operator', 0)).toBe(false)
    offences.note('x', 'operator', 0, 100)
    expect(offences.isRepeated('x', 'operator', 99)).toBe(true)
    expect(offences.isRepeated('x', 'other', 99)).toBe(false)
    expect(offences.isRepeated('y', 'operator', 99)).toBe(false)
    expect(offences.isRepeated('x', 'operator', 100)).toBe(false)
  })
  it.each([
    ['unknown', 3],
    ['kubectl-edit', 5],
  ])('lets %s be corrected %d times', (culprit, times) => {
    const offences = new Offences()
    for (let at = 0; at < times; at++) {
      expect(offences.isRepeated('x', culprit, at)).toBe(false)
      offences.note('x', culprit, at, 100)
    }
    expect(offences.isRepeated('x', culprit, times)).toBe(true)
  })
  it('forgets in time', () => {
    const offences = new Offences()
    for (let i = 0; i <= 1001; i++) offences.note(`object-${i}`, 'operator', i < 1000 ? 0 : 200, 100)
    expect(offences.isRepeated('object-0', 'operator', 200)).toBe(false)
    expect(offences.isRepeated('object-1001', 'operator', 201)).toBe(true)
  })
})
