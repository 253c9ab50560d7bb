// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { heldRecord, releasedRecord, toMicroTime } from './lease-record.ts'

const t0 = Date.UTC(2026, 0, 1)
const first = {
  holderIdentity: 'a',
  leaseDurationSeconds: 35,
  acquireTime: '2026-01-01T00:00:00.000000Z',
  renewTime: '2026-01-01T00:00:00.000000Z',
  leaseTransitions: 0,
}

describe('lease records', () => {
  it('writes microseconds as the server wants them', () => {
    expect(toMicroTime(t0 + 7)).toBe('2026-01-01T00:00:00.007000Z')
  })
  it('begins without transitions, keeps them on renewal, counts them on a change of holder', () => {
    expect(heldRecord(undefined, 'a', t0, 35_000)).toEqual(first)
    expect(heldRecord(first, 'a', t0 + 5_000, 35_000)).toEqual({ ...first, renewTime: '2026-01-01T00:00:05.000000Z' })
    const later = '2026-01-01T00:01:00.000000Z'
    expect(heldRecord(first, 'b', t0 + 60_000, 15_000)).toEqual({
      holderIdentity: 'b',
      leaseDurationSeconds: 15,
      acquireTime: later,
      renewTime: later,
      leaseTransitions: 1,
    })
  })
  it('keeps fields that it does not know', () => {
    expect(heldRecord({ ...first, strategy: 'OldestEmulationVersion' }, 'a', t0, 35_000)).toMatchObject({
      strategy: 'OldestEmulationVersion',
    })
  })
  it('gives up with an empty holder, and the next one counts a transition', () => {
    const released = releasedRecord(first, t0 + 1_000)
    expect(released).toEqual({
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: '2026-01-01T00:00:01.000000Z',
      renewTime: '2026-01-01T00:00:01.000000Z',
      leaseTransitions: 0,
    })
    expect(heldRecord(released, 'b', t0, 35_000).leaseTransitions).toBe(1)
  })
})
