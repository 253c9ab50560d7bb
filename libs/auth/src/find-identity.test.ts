// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { controllerIdentity, findAccountIdentity } from './find-identity.ts'
import type { AccountCluster } from './find-identity.ts'

const { signal } = new AbortController()

/** An API server with one ServiceAccount, which knows its caller by this name. */
const clusterOf = (username: string): AccountCluster => ({
  find: async ({ namespace, name }) =>
    `${namespace}/${name}` === 'apps/tenant' ? { metadata: { annotations: { role: 'r' } } } : undefined,
  createToken: async ({ namespace, name }, { audiences }) => ({
    token: `${namespace}/${name} for ${audiences.join()}`,
    expiresAtMs: 1,
  }),
  raw: async () => ({ body: JSON.stringify({ status: { userInfo: { username } } }) }),
})

it('is that of a ServiceAccount, with its annotations and tokens', async () => {
  const identity = await findAccountIdentity(clusterOf(''), { namespace: 'apps', name: 'tenant' }, signal)
  expect(identity).toMatchObject({
    ...{ kind: 'service-account', namespace: 'apps', name: 'tenant' },
    annotations: { role: 'r' },
  })
  expect(await identity?.issueToken?.(['aud'], signal)).toMatchObject({ token: 'apps/tenant for aud' })
})
it('is none where there is no such account', async () => {
  expect(await findAccountIdentity(clusterOf(''), { namespace: 'other', name: 'tenant' }, signal)).toBeUndefined()
})
it('is that of the controller, whose tokens are of the account that it runs as', async () => {
  const identity = controllerIdentity(clusterOf('system:serviceaccount:flux-system:source-controller'))
  expect(identity.kind).toBe('controller')
  expect(await identity.issueToken?.(['aud'], signal)).toMatchObject({ token: 'flux-system/source-controller for aud' })
})
it('says who the controller runs as where that is no ServiceAccount', async () => {
  await expect(controllerIdentity(clusterOf('kubernetes-admin')).issueToken?.([], signal)).rejects.toMatchObject({
    code: 'CredentialsMissing',
    message: expect.stringContaining("'kubernetes-admin'"),
  })
})
