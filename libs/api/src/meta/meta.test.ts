// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { hasPendingRequest, reconcileRequest } from '../names/requests.ts'
import { formatKey, parseKey, toKey, toReference } from './key.ts'
import { apiVersionOf, parseApiVersion } from './kind.ts'
import { formatTime } from './time.ts'

describe('keys', () => {
  it('are written and read, with and without a namespace', () => {
    const namespaced = toKey({ metadata: { namespace: 'apps', name: 'web' } })
    expect(formatKey(namespaced)).toBe('apps/web')
    expect(parseKey('apps/web')).toEqual(namespaced)
    const cluster = toKey({ metadata: { name: 'web' } })
    expect(formatKey(cluster)).toBe('web')
    expect(parseKey('web')).toEqual(cluster)
  })
  it('become references without what the object lacks', () => {
    expect(toReference({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } })).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      name: 'apps',
    })
  })
})

it.each([
  ['v1', { group: '', version: 'v1' }],
  ['apps/v1', { group: 'apps', version: 'v1' }],
])('splits and joins the apiVersion %s', (text, parts) => {
  expect(parseApiVersion(text)).toEqual(parts)
  expect(apiVersionOf(parts)).toBe(text)
})

it('writes times as Kubernetes does', () => {
  expect(formatTime(new Date('2026-03-04T05:06:07.999Z'))).toBe('2026-03-04T05:06:07Z')
  expect(formatTime(new Date(-1))).toBe('1969-12-31T23:59:59Z')
})

it('tells whether a run was asked for', () => {
  const asked = (token: string, handled?: string) => ({
    metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': token } },
    ...(handled === undefined ? {} : { status: { lastHandledReconcileAt: handled } }),
  })
  expect(hasPendingRequest({ metadata: {} })).toBe(false)
  expect(hasPendingRequest(asked('now'))).toBe(true)
  expect(hasPendingRequest(asked('now', 'now'))).toBe(false)
  expect(hasPendingRequest(asked('now', 'before'))).toBe(true)
  expect(reconcileRequest(asked('now'))).toBe('now')
})
