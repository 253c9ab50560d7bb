// SPDX-License-Identifier: Apache-2.0
import { AuthError } from '@tidelock/auth'
import type { Identity, ServiceAccountToken } from '@tidelock/auth'
import type { KubeClient } from '@tidelock/kube'

/** The ServiceAccount of the name, read now. Throws AuthError `IdentityInvalid` when there is none, or KubeError. */
export async function findAccountIdentity(
  client: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Identity> {
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name }
  const account = await client.find(ref, { signal, metadataOnly: true })
  if (account === undefined)
    throw new AuthError('IdentityInvalid', `ServiceAccount/${namespace}/${name} does not exist`)
  return {
    ...{ kind: 'service-account', namespace, name },
    annotations: account.metadata.annotations ?? {},
    issueToken: (audiences, issuing) => client.createToken({ namespace, name }, { audiences, signal: issuing }),
  }
}

/** The identity of this process; which ServiceAccount that is, the API server is asked only when a token of it is needed. */
export function controllerIdentity(client: KubeClient): Identity {
  const issueToken = async (audiences: readonly string[], signal: AbortSignal): Promise<ServiceAccountToken> =>
    client.createToken(await whoAmI(client, signal), { audiences, signal })
  return { kind: 'controller', issueToken }
}

async function whoAmI(client: KubeClient, signal: AbortSignal): Promise<{ namespace: string; name: string }> {
  const { body } = await client.raw({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
    signal,
  })
  const { status } = JSON.parse(body) as { status?: { userInfo?: { username?: string } } }
  const user = status?.userInfo?.username ?? ''
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? []
  if (namespace !== undefined && name !== undefined) return { namespace, name }
  throw new AuthError(
    'CredentialsMissing',
    `the controller runs as '${user}', which is no ServiceAccount: name one in serviceAccountName`,
  )
}
