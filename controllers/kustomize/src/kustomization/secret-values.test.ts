// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import { SecretValues } from './secret-values.ts'

function valuesOf(...values: string[]): SecretValues {
  const secrets = new SecretValues()
  for (const value of values) secrets.add(value)
  return secrets
}

describe('SecretValues', () => {
  it('hides every occurrence, the longer value first, and leaves short ones', () => {
    const secrets = valuesOf('hunter', 'hunter2-long', 'abc')
    expect(secrets.hide('hunter2-long hunter hunter abc')).toBe('***** ***** ***** abc')
  })
  it('replaces an error that quotes a value anywhere in its chain', () => {
    const error = new Error('apply failed', { cause: new Error('Invalid value: "top secret word!"') })
    const outcome = valuesOf('top secret word!').hideIn({ kind: 'failed', reason: 'ReconciliationFailed', error })
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'ReconciliationFailed' })
    if (outcome.kind !== 'failed') throw new Error('unreachable')
    expect(errorMessage(outcome.error)).toBe('apply failed: Invalid value: "*****"')
    expect(outcome.error.cause).toBeUndefined()
  })
  it('keeps an outcome that quotes nothing', () => {
    const outcome = { kind: 'failed', reason: 'BuildFailed', error: new Error('no such file') } as const
    expect(valuesOf('hunter2').hideIn(outcome)).toBe(outcome)
  })
})
