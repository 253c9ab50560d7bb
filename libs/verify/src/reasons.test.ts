// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { VerifyError } from './errors.ts'
import { noneMatches } from './reasons.ts'

describe('noneMatches', () => {
  it('says each reason once, three at most', () => {
    const failures = ['a', 'b', 'a', 'c', 'd', 'e'].map((reason) => new VerifyError('Unverified', reason))
    expect(noneMatches(failures, '; that is all')).toMatchObject({
      code: 'Unverified',
      message: 'no matching signatures: a; b; c; and 2 more; that is all',
    })
  })
  it('cuts what a stranger may have written', () => {
    const { message } = noneMatches([new VerifyError('Unverified', `critical header '${'😀'.repeat(100_000)}'`)])
    expect(message.length).toBeLessThan(400)
    expect(message.isWellFormed()).toBe(true)
  })
})
