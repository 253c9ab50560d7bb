// SPDX-License-Identifier: Apache-2.0
import { AuthError, controllerIdentity, findAccountIdentity } from '@tidelock/auth'
import type { AccountCluster, AccountName, Identity } from '@tidelock/auth'

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
