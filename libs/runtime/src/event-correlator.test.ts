// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { FluxEvent } from '@tidelock/api'
import { toCoreEvent } from './core-event.ts'
import type { CoreEvent } from './core-event.ts'
import { EventCorrelator } from './event-correlator.ts'

let serial = 0
function core(message: string, reason: string = 'R', name: string = 'shop'): CoreEvent {
  const event: FluxEvent = {
    involvedObject: { kind: 'K', namespace: 'ns', name, uid: name },
    severity: 'info',
    timestamp: '2026-01-01T00:00:00Z',
    message,
    reason,
    reportingController: 'c',
  }
  return toCoreEvent(event, String(serial++).padStart(32, '0'))
}

function write(correlator: EventCorrelator, event: CoreEvent, nowMs: number = 0): string {
  const decided = correlator.correlate(event, nowMs)
  const name = decided.kind === 'create' ? event.metadata.name : decided.name
  const count = decided.kind === 'create' ? 1 : decided.count
  correlator.written(decided.key, name, count)
  return `${decided.kind} ${count} ${decided.event.message}`
}

describe('EventCorrelator', () => {
  it('counts up an event that stands there already', () => {
    const correlator = new EventCorrelator()
    expect([0, 0, 0].map(() => write(correlator, core('m')))).toEqual(['create 1 m', 'count 2 m', 'count 3 m'])
    expect(write(correlator, core('m', 'Other'))).toBe('create 1 m')
    expect(write(correlator, core('m', 'R', 'other'))).toBe('create 1 m')
  })
  it('lets all share one event after ten that differ only in their message', () => {
    const correlator = new EventCorrelator()
    for (let index = 0; index < 10; index++) expect(write(correlator, core(`m${index}`))).toBe(`create 1 m${index}`)
    expect(write(correlator, core('m10'))).toBe('create 1 (combined from similar events): m10')
    expect(write(correlator, core('m11'))).toBe('count 2 (combined from similar events): m11')
    expect(write(correlator, core('m3'))).toBe('count 2 m3')
  })
  it('starts over when there was none for ten minutes', () => {
    const correlator = new EventCorrelator()
    for (let index = 0; index < 12; index++) write(correlator, core(`m${index}`))
    expect(write(correlator, core('later'), 600_001)).toBe('create 1 later')
  })
  it('creates anew what is gone', () => {
    const correlator = new EventCorrelator()
    const { key } = correlator.correlate(core('m'), 0)
    correlator.written(key, 'x', 1)
    correlator.forget(key)
    expect(correlator.correlate(core('m'), 0).kind).toBe('create')
  })
})

describe('toCoreEvent', () => {
  it('names it after the object and the id, within the bound of names', () => {
    expect(core('m').metadata.name).toMatch(/^shop\.\d{16}$/)
    expect(core('m', 'R', 'x'.repeat(253)).metadata.name).toHaveLength(253)
  })
  it('stands in default for objects without a namespace', () => {
    const involvedObject = { kind: 'Node', name: 'n' }
    const texts = { timestamp: '', message: 'm', reason: 'R', reportingController: 'c' }
    const made = toCoreEvent({ involvedObject, severity: 'error', ...texts }, 'id')
    expect(made).toMatchObject({ metadata: { namespace: 'default' }, type: 'Warning' })
  })
})
