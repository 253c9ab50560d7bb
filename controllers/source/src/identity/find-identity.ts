// SPDX-License-Identifier: Apache-2.0
import { AuthError } from '@tidelock/auth'
import type { Identity, ServiceAccountToken } from '@tidelock/auth'
import type { KubeClient } from '@tidelock/kube'

/** What identities are found with. */
export interface IdentityAccess {
  readonly client: Pick<KubeClient, 'find' | 'createToken' | 'raw'>
  /** Stands for objects that name no account (`--default-service-account`); empty: the controller itself does. */
  readonly defaultServiceAccount: string
}

/**
 * The ServiceAccount that an object names, else the default one of its namespace, else this process. Accounts are read now. Throws
 * AuthError `IdentityInvalid` when there is none of the name, or KubeError.
 */
export async function findIdentity(
  { client, defaultServiceAccount }: IdentityAccess,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Identity> {
  const account = name === '' ? defaultServiceAccount : name
  if (account === '') return controllerIdentity(client)
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: account }
  const found = await client.find(ref, { signal, metadataOnly: true })
  if (found === undefined) {
    const hint = name === '' ? ': it stands for objects that name none in spec.serviceAccountName' : ''
    throw new AuthError('IdentityInvalid', `ServiceAccount/${namespace}/${account} does not exist${hint}`)
  }
  return {
    ...{ kind: 'service-account', namespace, name: account },
    annotations: found.metadata.annotations ?? {},
    issueToken: (audiences, issuing) =>
      client.createToken({ namespace, name: account }, { audiences, signal: issuing }),
  }
}

/** The identity of this process; which ServiceAccount that is, the API server is asked only when a token of it is needed. */
function controllerIdentity(client: IdentityAccess['client']): Identity {
  const issueToken = async (audiences: readonly string[], signal: AbortSignal): Promise<ServiceAccountToken> =>
    client.createToken(await whoAmI(client, signal), { audiences, signal })
  return { kind: 'controller', issueToken }
}

async function whoAmI(
  client: IdentityAccess['client'],
  signal: AbortSignal,
): Promise<{ namespace: string; name: string }> {
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
