// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { describeRefused } from './coverage.ts'

it('names the kinds in order, and says why', () => {
  const refused = [
    { apiVersion: 'apps/v1', kind: 'Deployment', state: 'forbidden', message: 'cannot list deployments' },
    { apiVersion: 'v1', kind: 'ConfigMap', state: 'forbidden', message: 'cannot list configmaps' },
  ] as const
  expect(describeRefused(refused)).toBe(
    'hand edits and deletions of ConfigMap, Deployment.apps are found at the interval only: cannot list configmaps',
  )
  expect(describeRefused([])).toBeUndefined()
})
