// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Condition, ConditionHolder } from '@tidelock/api'
import { summarize } from './summarize.ts'

const table = {
  owned: [],
  summarize: ['StorageFailed', 'FetchFailed', 'Stored', 'Verified', 'Reconciling'],
  negativePolarity: ['StorageFailed', 'FetchFailed', 'Reconciling'],
  biPolarity: ['Verified'],
  progressMakesReadyUnknown: false,
}

function holder(...conditions: readonly string[]): ConditionHolder {
  const list = conditions.map((text): Condition => {
    const [type = '', status] = text.split('=')
    return {
      type,
      status: status as Condition['status'],
      reason: `R${type}`,
      message: `m${type}`,
      lastTransitionTime: '',
    }
  })
  return { metadata: {}, status: { conditions: list } }
}

describe('summarize', () => {
  it.each([
    [['Stored=True'], 'True', 'Stored'],
    [['Stored=True', 'FetchFailed=True'], 'False', 'FetchFailed'],
    [['FetchFailed=True', 'StorageFailed=True'], 'False', 'StorageFailed'],
    [['Stored=False', 'FetchFailed=True'], 'False', 'FetchFailed'],
    [['Stored=False', 'Verified=True'], 'False', 'Stored'],
    [['Stored=True', 'Reconciling=True'], 'False', 'Reconciling'],
    [['FetchFailed=False', 'Stored=True'], 'True', 'Stored'],
    [['FetchFailed=False'], 'True', 'FetchFailed'],
    [['Stored=Unknown'], 'Unknown', 'Stored'],
    [['Stored=Unknown', 'Verified=True'], 'True', 'Verified'],
    [['Verified=False', 'FetchFailed=True'], 'False', 'Verified'],
    [['Other=False', 'Ready=False', 'Stored=True'], 'True', 'Stored'],
  ])('%j is %s by %s', (conditions, status, type) => {
    expect(summarize(holder(...conditions), table)).toEqual({ status, reason: `R${type}`, message: `m${type}` })
  })
  it('is undefined without any of them', () => {
    expect(summarize(holder('Other=True'), table)).toBeUndefined()
    expect(summarize({ metadata: {} }, table)).toBeUndefined()
  })
})
