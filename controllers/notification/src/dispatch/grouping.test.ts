// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import type { Alert, FluxEvent } from '@tidelock/api'
import { FakeClock } from '@tidelock/testkit'
import { Grouping, groupAnnotation, groupingProblem } from './grouping.ts'
import type { Decision } from './grouping.ts'

let directory: string
let clock: FakeClock
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'grouping-'))
  clock = new FakeClock()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const open = (): Grouping => new Grouping(clock, join(directory, 'groups.json'))

function alert(every: string | undefined, severity: 'info' | 'error' = 'error'): Alert {
  return {
    apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
    kind: 'Alert',
    metadata: {
      name: 'a',
      namespace: 'n',
      uid: 'u',
      ...(every === undefined ? {} : { annotations: { [groupAnnotation]: every } }),
    },
    spec: { eventSeverity: severity, eventSources: [], providerRef: { name: 'p' } },
  }
}

function event(reason: string, message: string, severity: 'info' | 'error' = 'error'): FluxEvent {
  const involvedObject = { kind: 'Kustomization', namespace: 'n', name: 'app' }
  return { involvedObject, severity, timestamp: '', message, reason, reportingController: 'c' }
}

it.each([
  [undefined, undefined],
  ['', undefined],
  ['disabled', undefined],
  ['90m', undefined],
  ['soon', `the annotation ${groupAnnotation} is no duration such as 1h, and counts as one: soon`],
])('of the value %j says %j', (value, problem) => expect(groupingProblem(alert(value))).toBe(problem))

const failing = (revision: string): FluxEvent => event('BuildFailed', `no such file at main@sha1:${revision}`)

let count = 0
/** Decides about an event that is delivered at once. */
function decide(grouping: Grouping, on: Alert, about: FluxEvent): Decision {
  const delivery = `delivery-${++count}`
  const decision = grouping.decide(on, about, delivery)
  grouping.settle(delivery)
  return decision
}

it('tells a failure when it begins, now and then while it goes on, and when it is over', async () => {
  const grouping = open()
  const on = alert('1h')
  expect(decide(grouping, on, failing('1234567'))).toEqual({ kind: 'tell', metadata: { state: 'failing' } })
  expect(decide(grouping, on, failing('89abcde'))).toEqual({ kind: 'leave-out' })
  await clock.advance(3_600_000)
  expect(decide(grouping, on, failing('1234567'))).toMatchObject({
    metadata: { state: 'still failing', failures: '3' },
  })
  await clock.advance(3_600_000)
  // the second reminder takes twice the time
  expect(decide(grouping, on, failing('1234567'))).toEqual({ kind: 'leave-out' })
  const other = event('HealthCheckFailed', 'timeout')
  expect(decide(grouping, on, other)).toMatchObject({ metadata: { state: 'failing for another cause' } })
  expect(grouping.isOpen(on, other, '')).toBe(true)
  expect(decide(grouping, on, event('Progressing', 'applying', 'info'))).toEqual({ kind: 'leave-out' })
  const over = event('ReconciliationSucceeded', 'done', 'info')
  expect(decide(grouping, on, over)).toMatchObject({ metadata: { state: 'recovered', failures: '5' } })
  expect(grouping.isOpen(on, over, '')).toBe(false)
})

it('leaves an Alert without the annotation as it is', () => {
  const grouping = open()
  for (const every of [undefined, '', 'disabled']) {
    for (let round = 0; round < 2; round++)
      expect(decide(grouping, alert(every), failing('1'))).toEqual({ kind: 'tell', metadata: {} })
    expect(grouping.isOpen(alert(every), failing('1'), '')).toBe(false)
  }
})

it('remembers an open failure over a restart', () => {
  const grouping = open()
  decide(grouping, alert('1h'), failing('1'))
  grouping.close()
  const again = open()
  expect(decide(again, alert('1h'), failing('2'))).toEqual({ kind: 'leave-out' })
  expect(decide(again, alert('1h', 'info'), event('Progressing', 'x', 'info'))).toEqual({ kind: 'tell', metadata: {} })
  again.close()
})

it('decides the same of an event that comes again before it is delivered, over a restart too', () => {
  const grouping = open()
  const on = alert('1h')
  const first = { kind: 'tell', metadata: { state: 'failing' } }
  expect(grouping.decide(on, failing('1'), 'first')).toEqual(first)
  expect(grouping.decide(on, failing('1'), 'first')).toEqual(first)
  expect(grouping.decide(on, failing('2'), 'second')).toEqual({ kind: 'leave-out' })
  grouping.close()
  const again = open()
  expect(again.decide(on, failing('1'), 'first')).toEqual(first)
  again.settle('first')
  const over = event('ReconciliationSucceeded', 'done', 'info')
  const recovered = again.decide(on, over, 'over')
  expect(recovered).toMatchObject({ metadata: { state: 'recovered' } })
  // the Alert wants errors alone, and no failure is open any more
  expect(again.isOpen(on, over, 'over')).toBe(true)
  expect(again.decide(on, over, 'over')).toEqual(recovered)
  again.settle('over')
  expect(again.isOpen(on, over, 'over')).toBe(false)
  expect(again.decide(on, over, 'another')).toEqual({ kind: 'leave-out' })
})

it('has what is settled on disk before anybody is told so', () => {
  const grouping = open()
  const on = alert('1h')
  decide(grouping, on, failing('1'))
  expect(decide(grouping, on, event('ReconciliationSucceeded', 'done', 'info'))).toMatchObject({ kind: 'tell' })
  // no close: the process was killed
  expect(decide(open(), on, failing('1'))).toEqual({ kind: 'tell', metadata: { state: 'failing' } })
  grouping.close()
})
