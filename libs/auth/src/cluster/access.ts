// SPDX-License-Identifier: Apache-2.0
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { getAksAccess } from './aks.ts'
import { getEksAccess } from './eks.ts'
import { getGenericAccess } from './generic.ts'
import { getGkeAccess } from './gke.ts'
import type { ClusterAccess, ClusterRequest, GetAccess } from './types.ts'

const providers: Readonly<Record<string, GetAccess>> = {
  aws: getEksAccess,
  azure: getAksAccess,
  gcp: getGkeAccess,
  generic: getGenericAccess,
}

/**
 * Address, certificate authority and a token of a cluster. With a cache in `deps` it answers from memory while the token is fresh, so
 * it may be asked before each request. Throws `AuthError`, or the signal's reason.
 */
export async function getClusterAccess(
  request: ClusterRequest,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<ClusterAccess> {
  const getAccess = Object.hasOwn(providers, request.provider) ? providers[request.provider] : undefined
  if (getAccess === undefined)
    throw new AuthError(
      'ProviderUnknown',
      `provider '${request.provider}' of a cluster: want one of ${Object.keys(providers).join(', ')}`,
    )
  return getAccess({ ...request, identity: withAudiences(request) }, deps, signal)
}

function withAudiences({ identity, audiences }: ClusterRequest): Identity {
  return identity.kind === 'controller' || audiences.length === 0 ? identity : { ...identity, audiences }
}
