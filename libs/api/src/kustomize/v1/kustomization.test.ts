// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import {
  kustomizationDeletionPolicy,
  kustomizationInterval,
  kustomizationRetryInterval,
  kustomizationSubstituteStrategy,
  kustomizationTimeout,
} from './defaults.ts'
import { upsertHistory } from './history.ts'
import type { HistoryEntry, Kustomization, KustomizationSpec } from './kustomization.ts'

const kustomization = (spec: Partial<KustomizationSpec>): Kustomization => ({
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: 'app' },
  spec: { interval: '10m', prune: true, sourceRef: { kind: 'GitRepository', name: 'fleet' }, ...spec },
})

describe('defaults', () => {
  it.each([
    [{}, 570_000],
    [{ interval: '40s' }, 30_000],
    [{ interval: '1m' }, 30_000],
    [{ interval: '61s' }, 31_000],
    [{ timeout: '5m' }, 300_000],
    [{ timeout: '1h' }, 3_600_000],
    [{ timeout: '1s' }, 30_000],
  ])('timeout of %j', (spec, milliseconds) => {
    expect(kustomizationTimeout(kustomization(spec))).toBe(milliseconds)
  })
  it('of the rest', () => {
    const plain = kustomization({})
    expect(kustomizationInterval(plain)).toBe(600_000)
    expect(kustomizationRetryInterval(plain)).toBe(600_000)
    expect(kustomizationRetryInterval(kustomization({ retryInterval: '30s' }))).toBe(30_000)
    expect(kustomizationDeletionPolicy(plain)).toBe('MirrorPrune')
    expect(kustomizationDeletionPolicy(kustomization({ deletionPolicy: 'Orphan' }))).toBe('Orphan')
    expect(kustomizationSubstituteStrategy(plain)).toBe('WithVariables')
    expect(kustomizationSubstituteStrategy(kustomization({ postBuild: { substituteStrategy: 'Always' } }))).toBe(
      'Always',
    )
  })
  it('say when a duration is none', () => {
    expect(() => kustomizationInterval(kustomization({ interval: '1d' }))).toThrow('unknown unit "d"')
  })
})

describe('upsertHistory', () => {
  const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second))
  const attempt = (digest: string, status: string, second: number) => ({
    digest,
    status,
    at: at(second),
    durationMs: 1500,
    metadata: { revision: `r${second}` },
  })
  const summary = (history: readonly HistoryEntry[]): string[] =>
    history.map((entry) => `${entry.digest} ${entry.lastReconciledStatus} ${entry.totalReconciliations}`)

  it('starts with the first attempt', () => {
    expect(upsertHistory(undefined, attempt('d1', 'ReconciliationSucceeded', 1))).toEqual([
      {
        digest: 'd1',
        firstReconciled: '2026-01-01T00:00:01Z',
        lastReconciled: '2026-01-01T00:00:01Z',
        lastReconciledDuration: '1.5s',
        lastReconciledStatus: 'ReconciliationSucceeded',
        metadata: { revision: 'r1' },
        totalReconciliations: 1,
      },
    ])
  })
  it('counts the same outcome again, moves it to the front and replaces its metadata', () => {
    const one = upsertHistory([], attempt('d1', 'ok', 1))
    const two = upsertHistory(one, attempt('d2', 'ok', 2))
    const three = upsertHistory(two, attempt('d1', 'ok', 3))
    expect(summary(three)).toEqual(['d1 ok 2', 'd2 ok 1'])
    expect(three[0]).toMatchObject({
      firstReconciled: '2026-01-01T00:00:01Z',
      lastReconciled: '2026-01-01T00:00:03Z',
      metadata: { revision: 'r3' },
    })
    expect(summary(one)).toEqual(['d1 ok 1'])
    const { metadata: _metadata, ...bare } = attempt('d1', 'ok', 4)
    expect(upsertHistory(three, bare)[0]).not.toHaveProperty('metadata')
  })
  it('tells outcomes of the same objects apart, and keeps five', () => {
    let history: HistoryEntry[] = []
    for (let second = 1; second <= 5; second += 1) history = upsertHistory(history, attempt(`d${second}`, 'ok', second))
    history = upsertHistory(history, attempt('d5', 'failed', 6))
    expect(summary(history)).toEqual(['d5 failed 1', 'd5 ok 1', 'd4 ok 1', 'd3 ok 1', 'd2 ok 1'])
  })
})
