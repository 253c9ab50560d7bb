// SPDX-License-Identifier: Apache-2.0
import { AuthError, controllerIdentity, findAccountIdentity } from '@tidelock/auth'
import type { AccountCluster, AccountName, Identity } from '@tidelock/auth'

/** What identities are found with. */
export interface IdentityReader {
  /** The own cluster, as the controller. */
  readonly client: AccountCluster
  /** Whether objects may name a ServiceAccount (feature gate ObjectLevelWorkloadIdentity). */
  readonly enabled: boolean
}

/**
 * The ServiceAccount of the name, read now; with an empty name the identity of this process. Throws `GateDisabled`, `IdentityInvalid`
 * when there is no such account, or KubeError.
 */
export async function findIdentity(
  { client, enabled }: IdentityReader,
  account: AccountName,
  signal: AbortSignal,
): Promise<Identity> {
  if (account.name === '') return controllerIdentity(client)
  const subject = `ServiceAccount/${account.namespace}/${account.name}`
  if (!enabled)
    throw new AuthError('GateDisabled', `${subject}: enable the feature gate ObjectLevelWorkloadIdentity to use it`)
  const found = await findAccountIdentity(client, account, signal)
  if (found === undefined) throw new AuthError('IdentityInvalid', `${subject} does not exist`)
  return found
}
