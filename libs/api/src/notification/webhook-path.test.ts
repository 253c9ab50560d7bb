// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'
import { expect, it } from '@jest/globals'
import { webhookPath } from './webhook-path.ts'

it('is the digest of token, name and namespace, as in Flux', () => {
  // flux create secret receiver hook --token=0123abc --type=github --hostname=h --export
  const path = webhookPath('0123abc', { name: 'hook', namespace: 'flux-system' }, (text) => hash('sha256', text))
  expect(path).toBe('/hook/289e52115d6a5de4de8e76fcc7fc35d9c19343eda7fb21637a940da821c04517')
})
