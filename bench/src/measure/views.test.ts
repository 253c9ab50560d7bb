// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { toKustomizationView } from './views.ts'

const kustomization = (generation: number, observedGeneration: number, status: string): KubeObject => ({
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  metadata: { name: 'a', uid: 'u', generation },
  status: {
    observedGeneration,
    lastAppliedRevision: 'main@sha1:1',
    conditions: [{ type: 'Ready', status, message: 'm' }],
  },
})

it.each([
  [1, 1, 'True', true],
  [2, 1, 'True', false],
  [1, 1, 'Unknown', false],
])('generation %d, observed %d, Ready %s: ready is %s', (generation, observed, status, ready) => {
  const view = toKustomizationView(kustomization(generation, observed, status))
  expect(view).toEqual({ name: 'a', uid: 'u', ready, message: 'm', revision: 'main@sha1:1' })
})

it('takes an object without a status as not ready', () => {
  const { status: _none, ...fresh } = kustomization(1, 1, 'True')
  expect(toKustomizationView(fresh).ready).toBe(false)
})
