// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { KubeObject, Kustomization } from '@tidelock/api'
import { ensureInventoryFits } from './inventory-size.ts'

const obj = { apiVersion: 'v1', kind: 'Kustomization', metadata: { name: 'a' }, spec: {} } as unknown as Kustomization

function objects(count: number, prefix = ''): KubeObject[] {
  return Array.from({ length: count }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${prefix}${String(i).padStart(200, '0')}`, namespace: 'apps' },
  }))
}

it('thousands of objects fit', () => {
  expect(() => ensureInventoryFits(obj, objects(5000))).not.toThrow()
})

it('more than the API server keeps are refused, with what to do', () => {
  expect(() => ensureInventoryFits(obj, objects(7000))).toThrow(
    /^the inventory of 7000 objects makes the Kustomization 1\.\d\d MiB large, .* split spec\.path into several Kustomizations/,
  )
})

it('what the last run applied counts as well, once', () => {
  const entries = objects(4000).map(({ metadata }) => ({ id: `apps_${metadata.name}__ConfigMap`, v: 'v1' }))
  const full = { ...obj, status: { inventory: { entries } } } as unknown as Kustomization
  expect(() => ensureInventoryFits(full, objects(4000))).not.toThrow()
  expect(() => ensureInventoryFits(full, objects(4000, 'x'))).toThrow(/inventory of 8000 objects/)
})
