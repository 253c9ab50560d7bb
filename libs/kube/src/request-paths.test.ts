// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { resourcePath, withQuery } from './request-paths.ts'

const pods = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }
const roles = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
}

describe('resourcePath', () => {
  it.each([
    [pods, {}, '/api/v1/pods'],
    [pods, { namespace: 'a' }, '/api/v1/namespaces/a/pods'],
    [pods, { namespace: 'a', name: 'b' }, '/api/v1/namespaces/a/pods/b'],
    [pods, { namespace: 'a', name: 'b', subresource: 'status' }, '/api/v1/namespaces/a/pods/b/status'],
    [roles, { name: 'system:x' }, '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Ax'],
    [roles, { namespace: 'ignored', name: 'b' }, '/apis/rbac.authorization.k8s.io/v1/clusterroles/b'],
  ])('%# %j', (kind, parts, path) => {
    expect(resourcePath(kind, parts)).toBe(path)
  })
  it('asks for the namespace of a namespaced object', () => {
    expect(() => resourcePath(pods, { name: 'b' })).toThrow('Pod/b: a namespace is required, pods are namespaced')
    expect(() => resourcePath(pods, { namespace: '', name: 'b' })).toThrow('a namespace is required')
  })
  it('never lets a name reach another path', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('..', '.', '../x', 'a/status', '%2e%2e', '?a', '#')),
        (name) => {
          let path: string
          try {
            path = resourcePath(pods, { namespace: 'a', name })
          } catch {
            return
          }
          expect(new URL(path, 'http://h').pathname).toBe(`/api/v1/namespaces/a/pods/${encodeURIComponent(name)}`)
        },
      ),
    )
  })
})

describe('withQuery', () => {
  it('escapes values and leaves undefined ones out', () => {
    expect(withQuery('/x', { labelSelector: 'a in (b,c)', limit: undefined, watch: true, n: 0 })).toBe(
      '/x?labelSelector=a%20in%20(b%2Cc)&watch=true&n=0',
    )
    expect(withQuery('/x', {})).toBe('/x')
  })
})
