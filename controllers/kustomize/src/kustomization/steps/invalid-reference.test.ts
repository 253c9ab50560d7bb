// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { Kind } from '@tidelock/api'
import type { ObjectRef } from '@tidelock/kube'
import { invalidReference } from './invalid-reference.ts'

const served: readonly Kind[] = [
  { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
  { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
]
const find = ({ kind }: { readonly kind: string }): Kind | undefined => served.find((each) => each.kind === kind)
const ask = (refs: readonly ObjectRef[], resolve: (ref: { readonly kind: string }) => Promise<Kind>) =>
  invalidReference({ resolve }, refs, new AbortController().signal)
const resolve = async (ref: { readonly kind: string }): Promise<Kind> => {
  const kind = find(ref)
  if (kind === undefined) throw new Error('no such kind')
  return kind
}

it.each([
  [
    'a namespaced kind without a namespace',
    'apps/v1',
    'Deployment',
    /^resource Deployment.apps web is namespace scoped/,
  ],
  ['an API version that is none', 'a/b/c', 'Thing', /^unexpected GroupVersion string: a\/b\/c$/],
])('refuses %s', async (_, apiVersion, kind, message) => {
  const namespaces = { apiVersion: 'v1', kind: 'Namespace', name: 'x' }
  expect(await ask([namespaces, { apiVersion, kind, name: 'web' }], resolve)).toMatch(message)
})

it('asks for all kinds at once: each that the server does not have would wait for a look of its own', async () => {
  const refs = Array.from({ length: 2000 }, (_, i) => ({ apiVersion: 'x.dev/v1', kind: `Kind${i}`, name: 'x' }))
  const everything = Promise.withResolvers<void>()
  let asked = 0
  const waiting = async (ref: { readonly kind: string }): Promise<Kind> => {
    asked += 1
    if (asked === refs.length) everything.resolve()
    await everything.promise
    return resolve(ref)
  }
  expect(await ask(refs, waiting)).toBeUndefined()
})
