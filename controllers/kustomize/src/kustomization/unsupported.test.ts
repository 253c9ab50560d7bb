// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { Kustomization } from '@tidelock/api'
import { unsupportedField, unsupportedTarget } from './unsupported.ts'

const withSpec = (spec: object): Kustomization => ({ spec }) as Kustomization

it.each([
  [{}, undefined, undefined],
  [
    { ignore: [], healthCheckExprs: [], serviceAccountName: '', dependsOn: [{ name: 'a', readyExpr: '' }] },
    undefined,
    undefined,
  ],
  [{ kubeConfig: { secretRef: { name: 'x' } } }, 'spec.kubeConfig', 'spec.kubeConfig'],
  [{ decryption: { provider: 'sops' } }, 'spec.decryption', undefined],
  [{ healthCheckExprs: [{}] }, 'spec.healthCheckExprs', undefined],
  [{ dependsOn: [{ name: 'a' }, { name: 'b', readyExpr: 'true' }] }, 'spec.dependsOn[1].readyExpr', undefined],
])('%j: %s', (spec, field, target) => {
  expect([unsupportedField(withSpec(spec)), unsupportedTarget(withSpec(spec))]).toEqual([field, target])
})
