// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { ApiObject } from '@tidelock/api'
import { toEventRecord } from './event-record.ts'
import type { EventContext } from './event-record.ts'
import type { EventDraft } from './outcome.ts'

const obj: ApiObject = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: {
    name: 'shop',
    namespace: 'apps',
    uid: 'u1',
    resourceVersion: '12',
    annotations: { 'event.toolkit.fluxcd.io/team': 'retail', other: 'x' },
  },
  status: {
    conditions: [
      { type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded', message: '', lastTransitionTime: '' },
    ],
  },
}
const context: EventContext = {
  reportingController: 'kustomize-controller',
  reportingInstance: 'pod-1',
  now: new Date('2026-01-02T03:04:05.678Z'),
  metadata: { 'kustomize.toolkit.fluxcd.io/revision': 'main@sha1:1' },
  transition: '12/pod-1/1',
}
const draft: EventDraft = { severity: 'info', message: 'done' }

describe('toEventRecord', () => {
  it('assembles the event as Flux does', () => {
    const { event, transition } = toEventRecord(obj, draft, context)
    expect(transition).toBe('12/pod-1/1')
    expect(event).toEqual({
      involvedObject: {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        name: 'shop',
        namespace: 'apps',
        uid: 'u1',
        resourceVersion: '12',
      },
      severity: 'info',
      timestamp: '2026-01-02T03:04:05Z',
      message: 'done',
      reason: 'ReconciliationSucceeded',
      metadata: {
        'kustomize.toolkit.fluxcd.io/revision': 'main@sha1:1',
        'event.toolkit.fluxcd.io/team': 'retail',
      },
      reportingController: 'kustomize-controller',
      reportingInstance: 'pod-1',
    })
  })
  it('lets the object have the last word on metadata, and the draft the word before', () => {
    const metadata = { 'kustomize.toolkit.fluxcd.io/revision': 'v2', 'event.toolkit.fluxcd.io/team': 'mine' }
    expect(toEventRecord(obj, { ...draft, metadata }, context).event.metadata).toEqual({
      'kustomize.toolkit.fluxcd.io/revision': 'v2',
      'event.toolkit.fluxcd.io/team': 'retail',
    })
  })
  it('falls back to the severity for a reason, and leaves empty metadata out', () => {
    const bare = { ...obj, metadata: { name: 'x' }, status: {} }
    const { event } = toEventRecord(bare, { ...draft, severity: 'error' }, { ...context, metadata: {} })
    expect(event.reason).toBe('error')
    expect(event).not.toHaveProperty('metadata')
  })
  it('turns what is for Kubernetes only into a trace', () => {
    expect(toEventRecord(obj, { ...draft, kubernetesOnly: true }, context).event.severity).toBe('trace')
  })
  it('keeps secrets out and messages within the bound', () => {
    const secret = { ...draft, message: 'https://u:hunter2@host/' }
    expect(toEventRecord(obj, secret, context).event.message).not.toContain('hunter2')
    expect(toEventRecord(obj, { ...draft, message: 'x'.repeat(50_000) }, context).event.message).toHaveLength(39_000)
  })
  it('gives the same event of a continued run the same id, and every other its own', () => {
    const id = (over: Partial<EventDraft>, other: Partial<EventContext> = {}): string =>
      toEventRecord(obj, { ...draft, ...over }, { ...context, ...other }).id
    expect(id({}, { now: new Date(0), reportingInstance: 'pod-2' })).toBe(id({}))
    const others = [id({ message: 'x' }), id({ reason: 'X' }), id({}, { transition: 'y' }), id({}, { metadata: {} })]
    expect(new Set([id({}), ...others]).size).toBe(5)
  })
})
