// SPDX-License-Identifier: Apache-2.0
import { AuthError } from './errors.ts'
import type { Identity, ServiceAccountToken } from './identity.ts'

/** A ServiceAccount's place in its cluster. */
export interface AccountName {
  readonly namespace: string
  readonly name: string
}

/** The cluster whose ServiceAccounts identities are: what is asked of its API server. A client of the Kubernetes API fulfils it. */
export interface AccountCluster {
  find(
    ref: AccountName & { readonly apiVersion: string; readonly kind: string },
    options: { readonly metadataOnly: true; readonly signal: AbortSignal },
  ): Promise<{ readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } } | undefined>
  createToken(
    account: AccountName,
    request: { readonly audiences: readonly string[]; readonly signal: AbortSignal },
  ): Promise<ServiceAccountToken>
  raw(request: {
    readonly method: string
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly signal: AbortSignal
  }): Promise<{ readonly body: string }>
}

/** The ServiceAccount as an identity, with the annotations that it has now; undefined when there is none of the name. */
export async function findAccountIdentity(
  cluster: AccountCluster,
  account: AccountName,
  signal: AbortSignal,
): Promise<Identity | undefined> {
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', ...account }
  const found = await cluster.find(ref, { signal, metadataOnly: true })
  if (found === undefined) return undefined
  return {
    ...{ kind: 'service-account', ...account },
    annotations: found.metadata.annotations ?? {},
    issueToken: (audiences, issuing) => cluster.createToken(account, { audiences, signal: issuing }),
  }
}

/**
 * The identity of this process. Which ServiceAccount that is, the API server is asked only when a token of it is needed, which throws
 * AuthError `CredentialsMissing` where the process runs as none.
 */
export function controllerIdentity(cluster: AccountCluster): Identity {
  const issueToken = async (audiences: readonly string[], signal: AbortSignal): Promise<ServiceAccountToken> =>
    cluster.createToken(await fetchOwnAccount(cluster, signal), { audiences, signal })
  return { kind: 'controller', issueToken }
}

async function fetchOwnAccount(cluster: AccountCluster, signal: AbortSignal): Promise<AccountName> {
  const { body } = await cluster.raw({
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

/** What identities are found with. */
export interface IdentityAccess {
  readonly client: AccountCluster
  /** Stands for objects that name no account (`--default-service-account`); empty: the controller itself does. */
  readonly defaultServiceAccount: string
}

/**
 * The ServiceAccount that an object names, else the default one of its namespace, else this process. Accounts are read now. Throws
 * AuthError `IdentityInvalid` when there is none of the name, or KubeError.
 */
export async function findIdentity(
  { client, defaultServiceAccount }: IdentityAccess,
  { namespace, name }: AccountName,
  signal: AbortSignal,
): Promise<Identity> {
  const account = name === '' ? defaultServiceAccount : name
  if (account === '') return controllerIdentity(client)
  const found = await findAccountIdentity(client, { namespace, name: account }, signal)
  if (found !== undefined) return found
  const hint = name === '' ? ': it stands for objects that name none in spec.serviceAccountName' : ''
  throw new AuthError('IdentityInvalid', `ServiceAccount/${namespace}/${account} does not exist${hint}`)
}
