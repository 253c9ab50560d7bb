// SPDX-License-Identifier: Apache-2.0
import { cached, identityParts, issuerOf } from '../cached.ts'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { parseClusterAddress } from './address.ts'
import type { ClusterAccess, ClusterRequest } from './types.ts'

/**
 * A cluster that trusts the tokens of this one (`provider: generic`): a token of the identity's ServiceAccount itself, for the
 * audiences or, without any, for the address.
 */
export async function getGenericAccess(
  request: ClusterRequest,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<ClusterAccess> {
  const { address, caCert, identity } = request
  if (address === undefined || address === '')
    throw new AuthError('ClusterInvalid', "provider 'generic' of a cluster: address is required")
  const server = parseClusterAddress(address)
  const audiences = request.audiences.length > 0 ? request.audiences : [address]
  const issue = issuerOf(identity, "provider 'generic' of a cluster")
  const parts = { provider: 'generic', ...identityParts(identity), audiences }
  const { token, expiresAtMs } = await cached(parts, () => issue(audiences, signal), deps, signal)
  return { server, token, expiresAtMs, ...(caCert === undefined || caCert === '' ? {} : { caData: caCert }) }
}
