// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { Kustomization, KustomizationSpec } from '@tidelock/api'
import { isSameCluster } from './same-cluster.ts'

function named(kubeConfig?: KustomizationSpec['kubeConfig'], namespace = 'a'): Kustomization {
  return { metadata: { namespace }, spec: { kubeConfig } } as Kustomization
}
const secret = { secretRef: { name: 'x' } }

it.each([
  [named(), named(undefined, 'b'), true],
  [named(secret), named(secret), true],
  [named(secret), named({ secretRef: { name: 'x', key: '' } }), true],
  [named(), named(secret), false],
  [named(secret), named(secret, 'b'), false],
  [named(secret), named({ secretRef: { name: 'x', key: 'k' } }), false],
  [named(secret), named({ configMapRef: { name: 'x' } }), false],
])('%j and %j: %s', (a, b, same) => {
  expect(isSameCluster(a, b)).toBe(same)
})
