// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { noKinds, parseKindSet } from './kind-set.ts'
import { allowance, parsePruneBudget } from './prune-budget.ts'
import { deletionDigest, refusePrune } from './prune-guard.ts'
import type { PruneQuestion } from './prune-guard.ts'

describe('parsePruneBudget', () => {
  it.each([
    ['5', 10, 5],
    ['0', 10, 0],
    ['20%', 10, 2],
    ['20%', 4, 1],
    ['0%', 4, 0],
    ['100%', 4, 4],
    ['20%,5', 100, 5],
    ['5, 20%', 10, 2],
    ['50', 10, 10],
  ])('%s of %i objects lets %i go', (text, total, allowed) => {
    const budget = parsePruneBudget(text)
    expect(budget === null || budget === undefined ? budget : Math.min(total, allowance(budget, total))).toBe(allowed)
  })
  it('knows none', () => expect(parsePruneBudget(' None ')).toBeNull())
  it.each(['', '-1', '5%%', '101%', '1,2', '1%,2%', 'few', '1.5', '5,'])('refuses %j', (text) => {
    expect(parsePruneBudget(text)).toBeUndefined()
  })
})

describe('parseKindSet', () => {
  const pvc = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' }
  const set = { apiVersion: 'apps/v1', kind: 'StatefulSet' }
  it.each([
    ['PersistentVolumeClaim', true, false],
    ['apps/StatefulSet, Namespace', false, true],
    ['example.com/StatefulSet', false, false],
    ['/PersistentVolumeClaim', true, false],
    ['none', false, false],
    ['', false, false],
  ])('%j', (text, hasPvc, hasSet) => {
    const kinds = parseKindSet(text) ?? noKinds
    expect([kinds.has(pvc), kinds.has(set)]).toEqual([hasPvc, hasSet])
  })
  it.each(['persistentvolumeclaims', 'a/b/C', 'Namespace,!'])('refuses %j', (text) => {
    expect(parseKindSet(text)).toBeUndefined()
  })
})

describe('refusePrune', () => {
  const entries = Array.from({ length: 30 }, (_, n) => ({ id: `ns_c${n}__ConfigMap`, v: 'v1' }))
  const question: PruneQuestion = {
    settings: { pruneBudget: { percent: 20, text: '20%' }, refuseEmptySource: false },
    old: entries,
    current: entries.slice(25),
    doomed: entries.slice(0, 25),
    revision: 'main@sha1:1',
    confirmed: undefined,
    confirmWith: (value) => `set ${value}`,
  }
  it('asks when more go than the budget lets go, names them, and says how to agree', () => {
    const refusal = refusePrune(question)
    expect(refusal?.code).toBe('PruneBudgetExceeded')
    expect(refusal?.message).toMatch(
      /^25 of 30 objects would be deleted, more than the prune budget of 20% allows: ConfigMap\/ns\/c0, .* and 5 more; .*run: set sha256:[0-9a-f]{16}$/,
    )
  })
  it('lets go what the budget allows', () => {
    expect(refusePrune({ ...question, doomed: entries.slice(0, 6) })).toBeUndefined()
    expect(refusePrune({ ...question, settings: { pruneBudget: undefined, refuseEmptySource: false } })).toBeUndefined()
  })
  it('takes consent to this deletion or to this revision, and to no other', () => {
    expect(refusePrune({ ...question, confirmed: deletionDigest(question.doomed.toReversed()) })).toBeUndefined()
    expect(refusePrune({ ...question, confirmed: question.revision })).toBeUndefined()
    expect(refusePrune({ ...question, confirmed: deletionDigest(entries) })).toBeDefined()
    expect(refusePrune({ ...question, confirmed: 'main@sha1:2' })).toBeDefined()
  })
  it('asks before a source that went empty takes everything along', () => {
    const settings = { pruneBudget: undefined, refuseEmptySource: true }
    const empty = { ...question, settings, current: [], doomed: entries }
    expect(refusePrune(empty)?.code).toBe('SourceEmpty')
    expect(refusePrune({ ...empty, current: entries.slice(0, 1) })).toBeUndefined()
    expect(refusePrune({ ...empty, doomed: [] })).toBeUndefined()
  })
})
