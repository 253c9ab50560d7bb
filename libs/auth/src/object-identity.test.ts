// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { findIdentity } from './find-identity.ts'
import type { IdentityAccess } from './find-identity.ts'

const { signal } = new AbortController()

/** An API server with one ServiceAccount. */
const client: IdentityAccess['client'] = {
  find: async ({ namespace, name }) =>
    `${namespace}/${name}` === 'apps/tenant' ? { metadata: { annotations: { role: 'r' } } } : undefined,
  createToken: async ({ namespace, name }, { audiences }) => ({
    token: `${namespace}/${name} for ${audiences.join()}`,
    expiresAtMs: 1,
  }),
  raw: async () => ({
    body: JSON.stringify({ status: { userInfo: { username: 'system:serviceaccount:flux-system:source-controller' } } }),
  }),
}

const find = (name: string, defaultServiceAccount: string = '', namespace: string = 'apps') =>
  findIdentity({ client, defaultServiceAccount }, { namespace, name }, signal)

it.each([
  ['the account that the object names', 'tenant', ''],
  ['the default account of the namespace', '', 'tenant'],
])('is that of %s', async (_what, name, defaultServiceAccount) => {
  const identity = await find(name, defaultServiceAccount)
  expect(identity).toMatchObject({
    kind: 'service-account',
    namespace: 'apps',
    name: 'tenant',
    annotations: { role: 'r' },
  })
  expect(await identity.issueToken?.(['aud'], signal)).toMatchObject({ token: 'apps/tenant for aud' })
})

it('is that of the controller where neither is named', async () => {
  const identity = await find('')
  expect(identity.kind).toBe('controller')
  expect(await identity.issueToken?.(['aud'], signal)).toMatchObject({ token: 'flux-system/source-controller for aud' })
})

it('is never that of the controller in place of an account that is not there', async () => {
  await expect(find('gone')).rejects.toThrow('ServiceAccount/apps/gone does not exist')
  await expect(find('', 'tenant', 'other')).rejects.toThrow(
    'ServiceAccount/other/tenant does not exist: it stands for objects that name none in spec.serviceAccountName',
  )
})
