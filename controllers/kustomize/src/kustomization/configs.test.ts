// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { Kustomization } from '@tidelock/api'
import { configKeys } from './configs.ts'

const keysOf = (spec: object): string[] =>
  configKeys({ metadata: { name: 'a', namespace: 'apps' }, spec } as Kustomization)

it.each([
  [{}, []],
  [{ decryption: { provider: 'sops' }, kubeConfig: {}, postBuild: {} }, []],
  [{ decryption: { provider: 'sops', secretRef: { name: 'keys' } } }, ['Secret/apps/keys']],
  [{ kubeConfig: { secretRef: { name: 'remote' } } }, ['Secret/apps/remote']],
  [{ kubeConfig: { configMapRef: { name: 'remote' } } }, ['ConfigMap/apps/remote']],
  [
    {
      decryption: { provider: 'sops', secretRef: { name: 'keys' } },
      postBuild: {
        substituteFrom: [
          { kind: 'ConfigMap', name: 'a' },
          { kind: 'Secret', name: 'b', optional: true },
        ],
      },
    },
    ['Secret/apps/keys', 'ConfigMap/apps/a', 'Secret/apps/b'],
  ],
])('%j names %j', (spec, keys) => {
  expect(keysOf(spec)).toEqual(keys)
})
