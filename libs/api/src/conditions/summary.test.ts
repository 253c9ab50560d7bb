// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { ConditionHolder } from '../meta/object.ts'
import type { ConditionStatus } from '../schema/condition.ts'
import {
  bucketConditions,
  gitRepositoryConditions,
  helmChartConditions,
  helmRepositoryConditions,
  ociRepositoryConditions,
} from '../source/v1/conditions.ts'
import { setCondition } from './set.ts'
import { setSummary, summarize } from './summary.ts'

const now = new Date('2026-01-01T00:00:00Z')

/** An object whose conditions have their own type as the message. */
function withConditions(conditions: Readonly<Record<string, ConditionStatus>>): ConditionHolder {
  const obj: ConditionHolder = { metadata: { generation: 1 } }
  for (const [type, status] of Object.entries(conditions)) {
    setCondition(obj, { type, status, reason: `${type}Reason`, message: type }, now)
  }
  return obj
}

describe('summarize', () => {
  it.each<[string, Readonly<Record<string, ConditionStatus>>, ConditionStatus, string]>([
    ['a stored artifact', { ArtifactInStorage: 'True' }, 'True', 'ArtifactInStorage'],
    ['a stored and verified one', { SourceVerified: 'True', ArtifactInStorage: 'True' }, 'True', 'ArtifactInStorage'],
    ['a failure of fetching', { FetchFailed: 'True', ArtifactInStorage: 'True' }, 'False', 'FetchFailed'],
    [
      'the first of several failures',
      { ArtifactOutdated: 'True', FetchFailed: 'True', StorageOperationFailed: 'True' },
      'False',
      'StorageOperationFailed',
    ],
    [
      'an include before outdated',
      { ArtifactOutdated: 'True', IncludeUnavailable: 'True' },
      'False',
      'IncludeUnavailable',
    ],
    ['work in progress', { Reconciling: 'True', ArtifactInStorage: 'True' }, 'False', 'Reconciling'],
    ['stalled before reconciling', { Reconciling: 'True', Stalled: 'True' }, 'False', 'Stalled'],
    ['outdated before reconciling', { Reconciling: 'True', ArtifactOutdated: 'True' }, 'False', 'ArtifactOutdated'],
    ['a failure of storing', { ArtifactInStorage: 'False' }, 'False', 'ArtifactInStorage'],
    ['abnormal before not normal', { ArtifactInStorage: 'False', FetchFailed: 'True' }, 'False', 'FetchFailed'],
    ['a failure that is over', { FetchFailed: 'False' }, 'True', 'FetchFailed'],
    [
      'good before a failure that is over',
      { FetchFailed: 'False', ArtifactInStorage: 'True' },
      'True',
      'ArtifactInStorage',
    ],
    ['unknown alone', { FetchFailed: 'Unknown' }, 'Unknown', 'FetchFailed'],
    ['unknown last', { FetchFailed: 'Unknown', ArtifactInStorage: 'True' }, 'True', 'ArtifactInStorage'],
    [
      'a failed verification, above all',
      { SourceVerified: 'False', FetchFailed: 'True', Reconciling: 'True' },
      'False',
      'SourceVerified',
    ],
  ])('%s', (_name, conditions, status, decisive) => {
    expect(summarize(withConditions({ ...conditions, Ready: 'Unknown' }), gitRepositoryConditions)).toEqual({
      type: 'Ready',
      status,
      reason: `${decisive}Reason`,
      message: decisive,
    })
  })
  it('says nothing without conditions of the table', () => {
    const obj = withConditions({ Ready: 'True', Healthy: 'False' })
    expect(summarize(obj, gitRepositoryConditions)).toBeUndefined()
    setSummary(obj, gitRepositoryConditions, now)
    expect(obj).toEqual(withConditions({ Ready: 'True', Healthy: 'False' }))
  })
  it('sets Ready', () => {
    const obj = withConditions({ FetchFailed: 'True' })
    setSummary(obj, gitRepositoryConditions, now)
    expect(obj.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=False',
      'FetchFailed=True',
    ])
  })
})

describe('the tables', () => {
  const all = {
    gitRepositoryConditions,
    ociRepositoryConditions,
    helmChartConditions,
    helmRepositoryConditions,
    bucketConditions,
  }
  it.each(Object.entries(all))('%s sums up what it owns', (_name, table) => {
    for (const type of [...table.summarize, ...(table.biPolarity ?? [])]) expect(table.owned).toContain(type)
    for (const type of table.failures) expect(table.negativePolarity).toContain(type)
    expect(table.owned.filter((type) => !table.summarize.includes(type))).toEqual(['Ready'])
    expect(table.negativePolarity).not.toContain('ArtifactInStorage')
  })
  it('have what is special to a kind', () => {
    expect(helmChartConditions.summarize[2]).toBe('BuildFailed')
    expect(gitRepositoryConditions.summarize[2]).toBe('IncludeUnavailable')
    expect(helmRepositoryConditions.summarize).not.toContain('SourceVerified')
    expect(bucketConditions.summarize).toEqual(helmRepositoryConditions.summarize)
    expect(ociRepositoryConditions.summarize).toEqual([
      'StorageOperationFailed',
      'FetchFailed',
      'ArtifactOutdated',
      'ArtifactInStorage',
      'SourceVerified',
      'Stalled',
      'Reconciling',
    ])
  })
})
