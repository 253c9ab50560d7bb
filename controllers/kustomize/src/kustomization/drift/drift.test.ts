// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { conditionLines, correctionLines, describeDrift, driftMetadata, reportLines } from './drift.ts'
import type { Drift } from './drift.ts'

const own = 'kustomize-controller'
const drift: Drift = {
  subject: 'ConfigMap/ns/c',
  cause: 'changed',
  manager: 'kubectl-edit',
  managers: ['kubectl-edit'],
  repeated: false,
  silent: false,
}

describe('describeDrift', () => {
  it.each<[Partial<Drift>, string]>([
    [{}, 'changed by kubectl-edit'],
    [{ cause: 'taken-over' }, 'changed by kubectl-edit'],
    [{ manager: own }, 'changed by another client named kustomize-controller'],
    [{ manager: 'unknown' }, 'changed by somebody unknown'],
    [{ cause: 'deleted', manager: 'unknown' }, 'deleted'],
    [{ cause: 'deleted', manager: 'cleaner' }, 'deleted by cleaner'],
    [{ cause: 'owner-changed', manager: 'kubectl-label' }, 'given to another owner by kubectl-label'],
    [{ cause: 'unclear', manager: 'unknown' }, 'differs from what the API server makes of it'],
    [{ cause: 'unclear', manager: 'other' }, 'changed by other'],
  ])('%j: %s', (over, text) => {
    const { manager = drift.manager } = over
    const managers = manager === 'unknown' ? [] : [manager]
    expect(describeDrift({ ...drift, managers, ...over }, own)).toBe(`ConfigMap/ns/c ${text}`)
  })

  it('names everybody, the newest first, and of many the first five', () => {
    const managers = ['kubectl-edit', own, 'mesh']
    expect(describeDrift({ ...drift, managers }, own)).toBe(
      'ConfigMap/ns/c changed by kubectl-edit, another client named kustomize-controller, mesh',
    )
    const many = { ...drift, managers: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] }
    expect(describeDrift(many, own)).toBe('ConfigMap/ns/c changed by a, b, c, d, e and 2 more')
    expect(JSON.parse(driftMetadata([many]))).toMatchObject([{ manager: 'kubectl-edit', managers: many.managers }])
  })
})

describe('the lines', () => {
  const many = Array.from({ length: 23 }, (_, n): Drift => ({ ...drift, subject: `ConfigMap/ns/c${n}` }))

  it('of a correction cannot be taken for those of Flux', () => {
    expect(correctionLines([drift], own)).toEqual(['drift: ConfigMap/ns/c changed by kubectl-edit'])
  })

  it('of a report say what is going to happen', () => {
    const lines = reportLines([{ ...drift, left: 'interval', repeated: true }], own, 61_200)
    expect(lines).toEqual(['ConfigMap/ns/c changed by kubectl-edit once more, to be corrected within 1m2s'])
    expect(reportLines([{ ...drift, left: 'warn' }], own, 0)).toEqual([
      'ConfigMap/ns/c changed by kubectl-edit, left as it is (drift mode warn)',
    ])
  })

  it('are bounded', () => {
    for (const lines of [correctionLines(many, own), reportLines(many, own, 1), conditionLines(many, own)]) {
      expect(lines).toHaveLength(21)
      expect(lines.at(-1)).toBe('and 3 more objects')
    }
    const hundred = Array.from({ length: 100 }, () => drift)
    expect(JSON.parse(driftMetadata(hundred))).toHaveLength(50)
  })
})

it('tells programs the same', () => {
  expect(JSON.parse(driftMetadata([drift, { ...drift, left: 'warn' }]))).toEqual([
    { object: 'ConfigMap/ns/c', cause: 'changed', manager: 'kubectl-edit', action: 'corrected' },
    { object: 'ConfigMap/ns/c', cause: 'changed', manager: 'kubectl-edit', action: 'left' },
  ])
})
