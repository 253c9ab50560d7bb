// SPDX-License-Identifier: Apache-2.0
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { gcpTokensOf } from '../gcp/tokens.ts'
import type { Identity } from '../identity.ts'
import type { RegistryCredentials } from './types.ts'

const hosts = /^(?:(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev|docker\.s3nsregistry\.fr)$/

/** Google's Artifact Registry and Container Registry take an access token as the password. */
export async function googleCredentials(
  registry: string,
  identity: Identity,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<RegistryCredentials> {
  if (!hosts.test(registry)) {
    throw new AuthError(
      'RegistryInvalid',
      `invalid GCP registry: '${registry}': want gcr.io, <place>.gcr.io or <place>-docker.pkg.dev`,
    )
  }
  const { token, expiresAtMs } = await gcpTokensOf(identity, deps)(signal)
  return { username: 'oauth2accesstoken', password: token, expiresAtMs }
}
