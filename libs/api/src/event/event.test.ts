// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { KubeObject } from '../meta/object.ts'
import { createEvent, kubernetesEventType, maxEventMessageLength } from './create.ts'
import { eventRevision, groupMetadata, metadataOf, plainMetadata } from './metadata.ts'

const app: KubeObject = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: 'app', namespace: 'apps', uid: 'u-1', resourceVersion: '7' },
}
const origin = { controller: 'kustomize-controller', now: new Date('2026-01-01T00:00:00.5Z') }

describe('createEvent', () => {
  it('names the object, the sender and the time', () => {
    const content = { severity: 'info', reason: 'Progressing', message: 'Deployment/apps/web created' } as const
    expect(createEvent(app, content, { ...origin, instance: 'kustomize-controller-0' })).toEqual({
      involvedObject: {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        name: 'app',
        namespace: 'apps',
        uid: 'u-1',
        resourceVersion: '7',
      },
      severity: 'info',
      timestamp: '2026-01-01T00:00:00Z',
      message: 'Deployment/apps/web created',
      reason: 'Progressing',
      reportingController: 'kustomize-controller',
      reportingInstance: 'kustomize-controller-0',
    })
  })
  it('cuts a long message, never inside a character', () => {
    const message = `${'x'.repeat(maxEventMessageLength - 4)}\u{1f30a}\u{1f30a}\u{1f30a}`
    const event = createEvent(app, { severity: 'error', reason: 'R', message }, origin)
    expect(event.message).toBe(`${'x'.repeat(maxEventMessageLength - 4)}...`)
    const fits = createEvent(
      app,
      { severity: 'error', reason: 'R', message: 'y'.repeat(maxEventMessageLength) },
      origin,
    )
    expect(fits.message).toHaveLength(maxEventMessageLength)
  })
  it('takes the annotations for events into the metadata, where they win', () => {
    const annotated = {
      ...app,
      metadata: {
        ...app.metadata,
        annotations: {
          'event.toolkit.fluxcd.io/env': 'prod',
          'event.toolkit.fluxcd.io/both': 'annotation',
          'event.toolkit.fluxcd.iox/no': 'x',
          'kustomize.toolkit.fluxcd.io/revision': 'not this',
        },
      },
    }
    const metadata = {
      ...groupMetadata('kustomize.toolkit.fluxcd.io', {
        revision: 'main@sha1:1',
        originRevision: undefined,
        digest: '',
      }),
      'event.toolkit.fluxcd.io/both': 'controller',
    }
    const event = createEvent(annotated, { severity: 'info', reason: 'R', message: '', metadata }, origin)
    expect(event.metadata).toEqual({
      'event.toolkit.fluxcd.io/both': 'annotation',
      'event.toolkit.fluxcd.io/env': 'prod',
      'kustomize.toolkit.fluxcd.io/revision': 'main@sha1:1',
    })
    expect(metadataOf(app)).toBeUndefined()
  })
})

it('maps severities to the types of Kubernetes events', () => {
  expect((['trace', 'info', 'error'] as const).map(kubernetesEventType)).toEqual(['Normal', 'Normal', 'Warning'])
})

describe('plainMetadata', () => {
  it('keeps the groups of events and of the object, without prefix and digests', () => {
    const metadata = {
      'event.toolkit.fluxcd.io/env': 'prod',
      'event.toolkit.fluxcd.io/revision': 'by annotation',
      'event.toolkit.fluxcd.io/digest': 'kept',
      'kustomize.toolkit.fluxcd.io/revision': 'main@sha1:1',
      'kustomize.toolkit.fluxcd.io/checksum': 'x',
      'kustomize.toolkit.fluxcd.io/digest': 'x',
      'source.toolkit.fluxcd.io/revision': 'x',
      bare: 'x',
    }
    expect(plainMetadata({ involvedObject: { apiVersion: app.apiVersion }, metadata })).toEqual({
      env: 'prod',
      digest: 'kept',
      revision: 'main@sha1:1',
    })
    expect(plainMetadata({ involvedObject: {} })).toEqual({})
  })
  it('gives the revision that Git providers look for', () => {
    expect(eventRevision({ revision: 'a', originRevision: 'b', commit: 'c' })).toBe('c')
    expect(eventRevision({ revision: 'a', originRevision: 'b' })).toBe('b')
    expect(eventRevision({ revision: 'a' })).toBe('a')
    expect(eventRevision({})).toBeUndefined()
  })
})
