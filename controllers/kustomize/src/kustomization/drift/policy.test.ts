// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import type { Difference, Suspect } from '@tidelock/ssa'
import { DriftPolicy } from './policy.ts'
import type { DriftPolicyOptions } from './policy.ts'

const key = { namespace: 'ns', name: 'app' }
const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'ns', name: 'c' }
const object = (annotations: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', namespace: 'ns', annotations },
})
const difference: Difference = { object: ref, rendered: object(), renderedHash: 'h', live: object() }
const edited: Suspect = {
  owner: key,
  object: ref,
  cause: 'changed',
  culprit: 'kubectl-edit',
  managers: ['kubectl-edit', 'mesh'],
  urgency: 'now',
  repeated: false,
}

interface Case extends Partial<Omit<DriftPolicyOptions, 'ownership' | 'key'>> {
  readonly suspects?: readonly Suspect[]
  readonly applied?: string | undefined
  readonly culprit?: string
}

function policyOf({ suspects = [], applied = 'h', culprit = 'unknown', ...over }: Case): DriftPolicy {
  return new DriftPolicy({
    ...{ key, mode: 'correct', early: true, sameStream: false, exists: () => false },
    ...over,
    ownership: {
      suspects: () => suspects,
      appliedHash: () => (applied === '' ? undefined : applied),
      managersOf: () => (culprit === 'unknown' ? [] : [culprit]),
    },
  })
}

/** Why the object is left; undefined when it is applied. */
function left(policy: DriftPolicy, over: Partial<Difference> = {}): string | undefined {
  const isLeft = policy.leave({ ...difference, ...over })
  const because = policy.found[0]?.left
  expect(because !== undefined).toBe(isLeft)
  return because
}

describe('what is left', () => {
  const warn = { 'kustomize.tidelock.dev/drift': 'Warn' }
  const later: Suspect = { ...edited, urgency: 'interval' }
  const toolkit = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace: 'ns', name: 'c' }
  const lost: Suspect = { ...edited, cause: 'owner-changed', newOwner: { namespace: 'ns', name: 'other' } }

  it.each<[string, Case, Partial<Difference>, string | undefined]>([
    ['a hand edit is undone', { suspects: [edited] }, {}, undefined],
    ['what can wait waits', { suspects: [later] }, {}, 'interval'],
    ['until the interval', { suspects: [later], early: false }, {}, undefined],
    ['what nobody was suspected of is put right', {}, {}, undefined],
    ['warn', { suspects: [edited], mode: 'warn' }, {}, 'warn'],
    ['warn at the interval', { suspects: [edited], mode: 'warn', early: false }, {}, 'warn'],
    ['off between intervals', { suspects: [edited], mode: 'off' }, {}, 'off'],
    ['off at the interval', { suspects: [edited], mode: 'off', early: false }, {}, undefined],
    ['warn on the object in Git', { early: false }, { rendered: object(warn) }, 'warn'],
    ['warn on the object in the cluster', { early: false }, { live: object(warn) }, 'warn'],
    ['a word that is no mode', { early: false }, { live: object({ 'kustomize.tidelock.dev/drift': 'x' }) }, undefined],
    ['a toolkit object, edited', { suspects: [{ ...edited, object: toolkit }] }, { object: toolkit }, 'interval'],
    [
      'a toolkit object, deleted',
      { suspects: [{ ...edited, object: toolkit, cause: 'deleted' }] },
      { object: toolkit, live: undefined },
      undefined,
    ],
    ['one that is another Kustomization’s by now', { suspects: [lost], exists: () => true }, {}, 'interval'],
    ['one that was given to a Kustomization that is not', { suspects: [lost] }, {}, undefined],
  ])('%s', (_title, given, over, because) => {
    expect(left(policyOf(given), over)).toBe(because)
  })

  it.each<[string, Case, boolean]>([
    ['another form than the one that was applied', { applied: 'other' }, false],
    ['an unknown form in a stream that is new', { applied: '' }, false],
    ['an unknown form in the stream that was applied last', { applied: '', sameStream: true }, true],
  ])('never a change from Git: %s', (_title, given, isLeft) => {
    const policy = policyOf({ ...given, mode: 'warn', suspects: [edited] })
    expect(policy.leave(difference)).toBe(isLeft)
    expect(policy.found).toHaveLength(isLeft ? 1 : 0)
  })
})

describe('a Job that removes itself', () => {
  const job = (spec: object): KubeObject => ({ ...object(), apiVersion: 'batch/v1', kind: 'Job', spec })
  const gone: Case = { suspects: [{ ...edited, cause: 'deleted', culprit: 'unknown', managers: [] }] }
  const over = { rendered: job({ ttlSecondsAfterFinished: 0 }), live: undefined }
  it.each<[string, Case, Partial<Difference>, string | undefined, boolean]>([
    ['is not run again before the interval', gone, over, 'interval', true],
    ['is run again at the interval, which is no drift', { ...gone, early: false }, over, undefined, true],
    ['and was only edited is put right', { suspects: [edited] }, { ...over, live: object() }, undefined, false],
    ['it is not without a time to live', gone, { ...over, rendered: job({}) }, undefined, false],
  ])('%s', (_title, given, difference, because, silent) => {
    const policy = policyOf(given)
    expect(left(policy, difference)).toBe(because)
    expect(policy.found[0]?.silent).toBe(silent)
  })
})

describe('what nobody hears of', () => {
  const first = { culprit: 'before-first-apply', managers: ['before-first-apply'] }
  it.each<[string, Case, boolean]>([
    ['what a hand edit did', { suspects: [edited] }, false],
    ['what the first apply found', { suspects: [{ ...edited, cause: 'taken-over', ...first }] }, true],
    ['what the first apply found, read from the object', { culprit: 'before-first-apply' }, true],
    ['that and an edit', { suspects: [{ ...edited, ...first, managers: ['kubectl-edit', ...first.managers] }] }, false],
    ['what the first apply found and is left', { suspects: [{ ...edited, ...first }], mode: 'warn' }, false],
  ])('%s', (_title, given, silent) => {
    const policy = policyOf(given)
    policy.leave(difference)
    expect(policy.found.map((drift) => drift.silent)).toEqual([silent])
  })
})

describe('who did it', () => {
  it.each<[string, Case, Partial<Difference>, string]>([
    ['as the watch says', { suspects: [edited] }, {}, 'changed kubectl-edit'],
    ['as the entries say', { culprit: 'other' }, {}, 'changed other'],
    ['nobody', {}, {}, 'unclear unknown'],
    ['gone', {}, { live: undefined }, 'deleted unknown'],
    [
      'unlabelled',
      { suspects: [{ ...edited, cause: 'deleted', culprit: 'unknown', managers: [] }], culprit: 'l' },
      {},
      'owner-changed l',
    ],
    [
      'left before',
      { suspects: [{ ...edited, cause: 'unclear', culprit: 'unknown', managers: [] }], culprit: 'm' },
      {},
      'changed m',
    ],
  ])('%s', (_title, given, over, found) => {
    const policy = policyOf(given)
    policy.leave({ ...difference, ...over })
    expect(policy.found.map(({ cause, manager }) => `${cause} ${manager}`)).toEqual([found])
  })

  it('and all others', () => {
    const policy = policyOf({ suspects: [edited] })
    policy.leave(difference)
    expect(policy.found[0]?.managers).toEqual(['kubectl-edit', 'mesh'])
  })
})
