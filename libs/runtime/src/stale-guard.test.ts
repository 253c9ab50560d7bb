// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { StaleGuard } from './stale-guard.ts'

const at = (resourceVersion: string, uid: string = 'u'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name: 'x', uid, resourceVersion },
})

describe('StaleGuard', () => {
  it('trusts a cache when nothing was written', () => {
    expect(new StaleGuard().check('x', at('1'))).toBe('fresh')
  })
  it.each([
    ['9', '10', 'stale'],
    ['10', '10', 'fresh'],
    ['11', '10', 'fresh'],
    ['opaque-a', 'opaque-b', 'stale'],
    ['opaque-b', 'opaque-b', 'fresh'],
  ])('a cache at %s after a write that returned %s is %s', (cached, written, state) => {
    const guard = new StaleGuard()
    guard.wrote('x', at(written))
    expect(guard.check('x', at(cached))).toBe(state)
  })
  it('waits for no echo of an object that was replaced', () => {
    const guard = new StaleGuard()
    guard.wrote('x', at('10', 'old'))
    expect(guard.check('x', at('5', 'new'))).toBe('fresh')
  })
  it('says when the echo is overdue', () => {
    const guard = new StaleGuard()
    guard.wrote('x', at('10'))
    const states = Array.from({ length: 12 }, () => guard.check('x', at('9')))
    expect(states.slice(0, 10).every((state) => state === 'stale')).toBe(true)
    expect(states.at(-1)).toBe('overdue')
  })
  it('tells of an echo only when somebody was sent away', () => {
    const guard = new StaleGuard()
    guard.wrote('x', at('10'))
    expect(guard.seen('x', at('10'))).toBe(false)
    guard.wrote('x', at('12'))
    guard.check('x', at('11'))
    expect(guard.seen('x', at('11'))).toBe(false)
    expect(guard.seen('x', at('12'))).toBe(true)
    expect(guard.check('x', at('12'))).toBe('fresh')
  })
})
