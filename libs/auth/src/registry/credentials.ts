// SPDX-License-Identifier: Apache-2.0
import type { AuthDeps } from '../deps.ts'
import type { Identity } from '../identity.ts'
import { acrCredentials } from './acr.ts'
import { ecrCredentials } from './ecr.ts'
import { googleCredentials } from './google.ts'
import type { RegistryCredentials } from './types.ts'

/** Whose registry it is, and whose rights are used there. */
export interface RegistryRequest {
  readonly provider: 'aws' | 'azure' | 'gcp'
  /** Host, with the port if there is one. */
  readonly registry: string
  readonly identity: Identity
}

/**
 * User and password for a registry of a cloud: an ECR authorization token, an ACR refresh token, or a Google access token.
 * Only for hosts that belong to the cloud. Throws `AuthError` (`RegistryInvalid` for other hosts), or the signal's reason.
 */
export function getRegistryCredentials(
  { provider, registry, identity }: RegistryRequest,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<RegistryCredentials> {
  switch (provider) {
    case 'aws':
      return ecrCredentials(registry, identity, deps, signal)
    case 'azure':
      return acrCredentials(registry, identity, deps, signal)
    case 'gcp':
      return googleCredentials(registry, identity, deps, signal)
  }
}
