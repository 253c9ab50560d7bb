// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { eventId } from './event-id.ts'
import type { EventIdentity } from './event-id.ts'

const identity: EventIdentity = {
  uid: 'u',
  revision: 'main@sha1:1',
  reason: 'ReconciliationSucceeded',
  transition: '12/pod/3',
  message: 'Reconciliation finished in 167.097804ms, next run in 1h0m0s',
}

describe('eventId', () => {
  it('is the same for the same event in every process', () => {
    expect(eventId(identity)).toBe(eventId({ ...identity }))
    expect(eventId(identity)).toMatch(/^[0-9a-f]{32}$/)
  })
  it.each([
    ['2.3s', '987.65ms'],
    ['1h0m0s', '59m59.5s'],
    ['12µs', '1.5s'],
  ])('does not depend on how long the run took: %s, %s', (a, b) => {
    const of = (took: string): string => eventId({ ...identity, message: `Health check passed in ${took}` })
    expect(of(a)).toBe(of(b))
  })
  it.each(['uid', 'revision', 'reason', 'transition', 'message'] as const)('differs with %s', (part) => {
    expect(eventId({ ...identity, [part]: 'other' })).not.toBe(eventId(identity))
  })
  it.each(['v1.2s', 'app-5m', 'a.3s'])('leaves words that only look like a duration: %s', (word) => {
    const of = (message: string): string => eventId({ ...identity, message })
    expect(of(`ConfigMap/${word} created`)).not.toBe(of('ConfigMap/x created'))
  })
  it('does not mix up where one part ends and the next begins', () => {
    expect(eventId({ ...identity, uid: 'ab', revision: 'c' })).not.toBe(
      eventId({ ...identity, uid: 'a', revision: 'bc' }),
    )
  })
})
