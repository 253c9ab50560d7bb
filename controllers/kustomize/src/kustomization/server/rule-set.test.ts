// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { definedResource, matchesAny, readAdmissionRules } from './rule-set.ts'

const configuration = (...webhooks: object[]): KubeObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'hooks', uid: 'u' },
  webhooks,
})
const rule = (group: string, ...resources: string[]) => ({ apiGroups: [group], resources })

describe('readAdmissionRules', () => {
  it('takes the kinds, without rules for a subresource alone', () => {
    const rules = [rule('apps', 'deployments', 'deployments/scale', 'replicasets/*'), rule('', 'pods/exec')]
    expect(readAdmissionRules(configuration({ rules })).resources).toEqual([
      { group: 'apps', plural: 'deployments' },
      { group: 'apps', plural: 'replicasets' },
    ])
  })

  it('changes with everything but the certificate', () => {
    const hook = { name: 'a', clientConfig: { url: 'https://x', caBundle: 'old' }, rules: [rule('', 'pods')] }
    const { hash } = readAdmissionRules(configuration(hook))
    const renewed = { ...hook, clientConfig: { ...hook.clientConfig, caBundle: 'new' } }
    expect(readAdmissionRules(configuration(renewed)).hash).toBe(hash)
    for (const other of [
      { ...hook, rules: [] },
      { ...hook, clientConfig: { url: 'https://y' } },
    ])
      expect(readAdmissionRules(configuration(other)).hash).not.toBe(hash)
  })

  it.each([
    [{ matchLabels: { 'kubernetes.io/metadata.name': 'a' } }, ['a']],
    [{ matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['a', 'b'] }] }, ['a', 'b']],
    [{ matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['a'] }] }, undefined],
    [{ matchLabels: { team: 'a' } }, undefined],
  ])('knows the namespaces of %j', (namespaceSelector, namespaces) => {
    const [first] = readAdmissionRules(configuration({ namespaceSelector, rules: [rule('', 'pods')] })).resources
    expect(first?.namespaces).toEqual(namespaces)
  })

  it('takes an empty configuration', () => {
    expect(readAdmissionRules(configuration()).resources).toEqual([])
  })
})

it.each([
  [{ group: '*', plural: '*' }, 'ns', true],
  [{ group: 'apps', plural: '*' }, 'ns', true],
  [{ group: 'apps', plural: 'deployments' }, 'ns', true],
  [{ group: '', plural: 'deployments' }, 'ns', false],
  [{ group: 'apps', plural: 'daemonsets' }, 'ns', false],
  [{ group: 'apps', plural: '*', namespaces: ['other'] }, 'ns', false],
  [{ group: 'apps', plural: '*', namespaces: ['other'] }, '', true],
])('%j concerns deployments in %j: %s', (pattern, namespace, isConcerned) => {
  expect(matchesAny([pattern], { group: 'apps', plural: 'deployments' }, namespace)).toBe(isConcerned)
})

it('reads the kind from the name of its definition', () => {
  expect(definedResource('widgets.example.com')).toEqual({ plural: 'widgets', group: 'example.com' })
})
