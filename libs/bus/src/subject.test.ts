// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { FluxEvent } from '@tidelock/api'
import { assert, property, string } from 'fast-check'
import { escapeToken, eventSubject } from './subject.ts'

const of = (involvedObject: FluxEvent['involvedObject']): FluxEvent => ({
  involvedObject,
  severity: 'error',
  timestamp: '',
  message: '',
  reason: '',
  reportingController: '',
})

describe('eventSubject', () => {
  it.each([
    [{ kind: 'Kustomization', namespace: 'apps', name: 'shop' }, 'tidelock.events.error.kustomization.apps.shop'],
    [{ kind: 'GitRepository', namespace: 'a', name: 'my.app' }, 'tidelock.events.error.gitrepository.a.my%2Eapp'],
    [{ kind: 'Node', name: 'n' }, 'tidelock.events.error.node._.n'],
    [{ kind: 'X', namespace: 'a b', name: '*>' }, 'tidelock.events.error.x.a%20b.%2A%3E'],
  ])('names %j', (object, subject) => {
    expect(eventSubject(of(object))).toBe(subject)
  })
  it('always makes one token that NATS gives no meaning to, and different ones of different texts', () => {
    const isToken = property(string({ unit: 'binary' }), (text) => {
      expect(escapeToken(text)).toMatch(/^[A-Za-z0-9%_-]+$/)
    })
    assert(isToken)
    const isInjective = property(string(), string(), (a, b) => {
      expect(escapeToken(a) === escapeToken(b)).toBe(a === b)
    })
    assert(isInjective)
  })
})
