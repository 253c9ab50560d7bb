// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { Kustomization } from '@tidelock/api'
import { unsupportedField } from './unsupported.ts'

it.each([
  [{}, undefined],
  [{ ignore: [], healthCheckExprs: [], serviceAccountName: '', dependsOn: [{ name: 'a', readyExpr: '' }] }, undefined],
  [{ healthCheckExprs: [{}] }, 'spec.healthCheckExprs'],
  [{ dependsOn: [{ name: 'a' }, { name: 'b', readyExpr: 'true' }] }, 'spec.dependsOn[1].readyExpr'],
])('%j: %s', (spec, field) => {
  expect(unsupportedField({ spec } as Kustomization)).toBe(field)
})
