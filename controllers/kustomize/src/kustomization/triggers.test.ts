// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Kustomization } from '@tidelock/api'
import { Allowances } from './expressions/allowances.ts'
import { createCachedReadiness } from './expressions/cached-readiness.ts'
import { ReadyExpressions } from './expressions/ready-expressions.ts'
import { triggeredBy } from './triggers.ts'
import type { TriggerLookups } from './triggers.ts'

interface State {
  readonly ready: boolean
  readonly reason?: string
  readonly attempted?: string
  readonly applied?: string
  readonly dependsOn?: readonly string[]
}

function kustomization(
  name: string,
  { ready, reason = 'X', attempted, applied, dependsOn = [] }: State,
): Kustomization {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: 'ns', generation: 1 },
    spec: {
      interval: '1h',
      prune: true,
      sourceRef: { kind: 'GitRepository', name: 'fleet' },
      dependsOn: dependsOn.map((dependency) => ({ name: dependency })),
    },
    status: {
      observedGeneration: 1,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', reason, message: '', lastTransitionTime: '' }],
      ...(attempted === undefined ? {} : { lastAttemptedRevision: attempted }),
      ...(applied === undefined ? {} : { lastAppliedRevision: applied }),
    },
  }
}

function lookups(over: Partial<TriggerLookups> = {}): TriggerLookups {
  const isReadyFor = createCachedReadiness(new ReadyExpressions(new Allowances({ monotonic: () => 0 })), {
    additiveReadyExpr: false,
  })
  return { isReadyFor, getOwn: () => undefined, dependents: () => [], sourceRevision: () => 'b', ...over }
}

const names = (objects: readonly Kustomization[]): string[] => objects.map(({ metadata }) => metadata.name)

describe('triggeredBy', () => {
  it('runs an object again whose source moved while it attempted another revision', () => {
    const before = kustomization('app', { ready: true, attempted: 'a' })
    const after = kustomization('app', { ready: true, attempted: 'b' })
    expect(names(triggeredBy(after, before, lookups({ sourceRevision: () => 'a' })))).toEqual(['app'])
    expect(triggeredBy(after, before, lookups())).toEqual([])
    expect(triggeredBy(after, after, lookups({ sourceRevision: () => 'a' }))).toEqual([])
  })

  it('runs what waits for an object that became ready, and what is behind it though the cache calls it ready', () => {
    const before = kustomization('base', { ready: true, applied: 'a', attempted: 'b' })
    const after = kustomization('base', { ready: true, applied: 'b', attempted: 'b' })
    const waiting = kustomization('waiting', { ready: false })
    const stale = kustomization('stale', { ready: true, applied: 'a' })
    const done = kustomization('done', { ready: true, applied: 'b' })
    const dependents = (): Kustomization[] => [waiting, stale, done]
    expect(names(triggeredBy(after, before, lookups({ dependents })))).toEqual(['waiting', 'stale'])
    expect(triggeredBy(after, after, lookups({ dependents }))).toEqual([])
  })

  it('runs an object again that is found waiting for what is ready by now, once', () => {
    const base = kustomization('base', { ready: true })
    const before = kustomization('app', { ready: true, dependsOn: ['base'] })
    const after = kustomization('app', { ready: false, reason: 'DependencyNotReady', dependsOn: ['base'] })
    expect(names(triggeredBy(after, before, lookups({ getOwn: () => base })))).toEqual(['app'])
    expect(triggeredBy(after, after, lookups({ getOwn: () => base }))).toEqual([])
    expect(triggeredBy(after, before, lookups())).toEqual([])
  })

  it('runs what waits by an expression when any field comes to be as that asks, and not before or again', () => {
    const labelled = (tier: string): Kustomization => {
      const base = kustomization('base', { ready: false })
      return { ...base, metadata: { ...base.metadata, labels: { tier } } }
    }
    const waiting = kustomization('app', { ready: false, reason: 'DependencyNotReady' })
    const by = (readyExpr: string): Kustomization => ({
      ...waiting,
      spec: { ...waiting.spec, dependsOn: [{ name: 'base', readyExpr }] },
    })
    const dependents = (): Kustomization[] => [
      by('dep.metadata.labels.tier == "gold" && self.metadata.name == "app"'),
      by('dep.missing == 1'),
      by('no CEL'),
      { ...by('dep.metadata.labels.tier == "gold"'), status: {} },
    ]
    const triggered = (now: Kustomization, before?: Kustomization): string[] =>
      names(triggeredBy(now, before, lookups({ dependents })))
    expect(triggered(labelled('gold'), labelled('iron'))).toEqual(['app'])
    expect(triggered(labelled('gold'), undefined)).toEqual(['app'])
    expect(triggered(labelled('gold'), labelled('gold'))).toEqual([])
    expect(triggered(labelled('iron'), labelled('gold'))).toEqual([])
    // that it became ready is no news to an expression that says no
    expect(triggered(kustomization('base', { ready: true }), labelled('iron'))).toEqual([])
    const found = lookups({ getOwn: () => labelled('gold') })
    const [first] = dependents() as [Kustomization]
    expect(names(triggeredBy(first, { ...first, status: {} }, found))).toEqual(['app'])
  })

  it('asks nobody for an object that is seen first', () => {
    expect(triggeredBy(kustomization('app', { ready: true, attempted: 'b' }), undefined, lookups())).toEqual([])
  })
})
