// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { leaseName } from './lease-name.ts'

it('is Flux’s, with a suffix for a shard', () => {
  expect(leaseName('kustomize-controller', '')).toBe('kustomize-controller-leader-election')
  // printf '%s' 'sharding.fluxcd.io/key=shard1' | sha256sum
  expect(leaseName('source-controller', 'sharding.fluxcd.io/key=shard1')).toBe(
    'source-controller-leader-election-73fdc1be',
  )
})
