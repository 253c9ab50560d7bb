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
  it('hides a value in the forms in which messages quote it', () => {
    const value = 'first "line" of it\nsecond line of it\nend\n'
    const hide = (text: string): string => valuesOf(value).hide(`got ${text}, want none`)
    const forms = [value, value.trim(), JSON.stringify(value).slice(1, -1), Buffer.from(value).toString('base64')]
    for (const form of [...forms, 'second line of it', 'first \\"line\\" of it'])
      expect(hide(form)).toBe('got *****, want none')
    expect(hide('end')).toBe('got end, want none')
  })
  it('cuts a text that is too long to look for all values in it', () => {
    const secrets = valuesOf(...Array.from({ length: 5000 }, (_, n) => `value-${n}`))
    const hidden = secrets.hide(`value-7 ${'x'.repeat(1_000_000)} value-8`)
    expect(hidden.startsWith('***** xxx')).toBe(true)
    expect(hidden.endsWith('xxx…')).toBe(true)
  })
  it('replaces an error that quotes a value anywhere in its chain', () => {
    const error = new Error('apply failed', { cause: new Error('Invalid value: "top secret word!"') })
    const outcome = valuesOf('top secret word!').hideIn({ kind: 'failed', reason: 'ReconciliationFailed', error })
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'ReconciliationFailed' })
    if (outcome.kind !== 'failed') throw new Error('unreachable')
    expect(errorMessage(outcome.error)).toBe('apply failed: Invalid value: "*****"')
    expect(outcome.error.cause).toBeUndefined()
  })
  it('replaces what was thrown if it quotes a value', () => {
    const thrown = new Error('no place for top secret word!')
    expect(valuesOf('top secret word!').hideInError(thrown)).toEqual(new Error('no place for *****'))
    expect(valuesOf('another word').hideInError(thrown)).toBe(thrown)
  })
  it('keeps an outcome that quotes nothing', () => {
    const outcome = { kind: 'failed', reason: 'BuildFailed', error: new Error('no such file') } as const
    expect(valuesOf('hunter2').hideIn(outcome)).toBe(outcome)
  })
})
