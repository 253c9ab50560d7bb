// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { KubeObject, KustomizationSpec } from '@tidelock/api'
import { Allowances } from './allowances.ts'
import { compileHealthRules } from './health-rules.ts'
import type { HealthRules } from './health-rules.ts'

function compile(healthCheckExprs: KustomizationSpec['healthCheckExprs'] & object): HealthRules {
  const spec = {
    interval: '1h',
    prune: true,
    sourceRef: { kind: 'GitRepository', name: 'a' },
    healthCheckExprs,
  } as const
  return compileHealthRules({ spec, metadata: { name: 'a', namespace: 'ns' } }, new Allowances({ monotonic: () => 0 }))
}

const widget = (status: object, generation = 2): KubeObject => ({
  apiVersion: 'acme.example/v1',
  kind: 'Widget',
  metadata: { name: 'a', generation },
  status,
})

describe('compileHealthRules', () => {
  const current = 'status.phase == "Done"'
  const rules = compile([
    { apiVersion: 'acme.example/v1alpha1', current: 'true' },
    {
      apiVersion: 'acme.example/v1',
      kind: 'Widget',
      current,
      failed: 'status.phase in ["Broken", "Both"]',
      inProgress: 'status.phase in ["Running", "Both"]',
    },
    { apiVersion: 'batch/v1', current: 'true' },
    { apiVersion: 'v1', kind: 'Secret', current: 'has(data.ready)' },
  ])

  it.each([
    [{ phase: 'Done' }, 'Current'],
    [{ phase: 'Broken' }, 'Failed'],
    [{ phase: 'Running' }, 'InProgress'],
    [{ phase: 'Both' }, 'InProgress'],
    [{ phase: 'Else' }, 'InProgress'],
    [{ phase: 'Done', observedGeneration: 1 }, 'InProgress'],
    [{ phase: 'Done', observedGeneration: 2 }, 'Current'],
    // no number: left to the expressions
    [{ phase: 'Done', observedGeneration: '1' }, 'Current'],
  ])('%j is %s', (status, expected) => {
    expect(rules.statusOf(widget(status)).status).toBe(expected)
  })

  it('throws what an expression meets', () => {
    expect(() => rules.statusOf(widget({}))).toThrow(/no such key: phase$/)
    const text = compile([{ apiVersion: 'acme.example/v1', current: 'status.phase' }])
    expect(() => text.statusOf(widget({ phase: 'Done' }))).toThrow(/as boolean/)
  })

  it('asks an unchanged object once', () => {
    const list = Array.from({ length: 100 }, (_, i) => i)
    const object = { ...widget({ phase: 'Done' }), spec: { list } }
    // a hundred of these would be more than the namespace may spend
    const costly = compile([
      { apiVersion: 'acme.example/v1', current: 'spec.list.all(a, spec.list.all(b, a + b >= 0))' },
    ])
    for (let i = 0; i < 100; i++) expect(costly.statusOf(object).status).toBe('Current')
    expect(() => {
      for (let i = 0; i < 100; i++) costly.statusOf({ ...object })
    }).toThrow(/used up|needs more than/)
  })

  it('covers groups, in any version, a kind before its group, and never Jobs', () => {
    const gadget = { ...widget({}), kind: 'Gadget' }
    expect(rules.statusOf(gadget).status).toBe('Current')
    expect(rules.covers(gadget)).toBe(true)
    expect(rules.covers({ apiVersion: 'v1', kind: 'Secret' })).toBe(true)
    expect(rules.covers({ apiVersion: 'v1', kind: 'ConfigMap' })).toBe(false)
    expect(rules.covers({ apiVersion: 'batch/v1', kind: 'Job' })).toBe(false)
    expect(rules.covers({ apiVersion: 'batch/v1', kind: 'CronJob' })).toBe(true)
    expect(rules.statusOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }).status).toBe('Current')
  })

  it.each([
    [
      { current: '' },
      /^failed to create custom status evaluator for healthchecks\[1\]: expression Current not specified$/,
    ],
    [
      { current: '1 +' },
      /healthchecks\[1\]: failed to parse the expression Current: failed to parse the CEL expression '1 \+': ERROR: <input>:1:4: Syntax error/,
    ],
    [{ current, failed: '"' }, /healthchecks\[1\]: failed to parse the expression Failed: /],
    [{ current, inProgress: 'a.matches("(")' }, /healthchecks\[1\]: failed to parse the expression InProgress: /],
    [
      { current, kind: 'Widget' },
      /^duplicate custom health check for GroupKind Widget\.acme\.example at healthchecks\[1\]$/,
    ],
  ])('refuses %j', (entry, words) => {
    const first = { apiVersion: 'acme.example/v1', kind: 'Widget', current }
    expect(() => compile([first, { apiVersion: 'acme.example/v1', ...entry }])).toThrow(words)
  })
})
