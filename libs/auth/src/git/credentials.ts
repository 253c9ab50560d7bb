// SPDX-License-Identifier: Apache-2.0
import { azureTokensOf } from '../azure/tokens.ts'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { codeCommitCredentials } from './code-commit.ts'

/** What a Git server of a cloud is shown. Secret: never log it. */
export type GitCredentials =
  | { readonly bearer: string }
  | { readonly basic: { readonly username: string; readonly password: string } }

/** Whose repository it is, and whose rights are used there. */
export interface GitRequest {
  readonly provider: 'aws' | 'azure'
  readonly url: URL
  readonly identity: Identity
}

// the application id of Azure DevOps, the same everywhere
const devOpsScope = '499b84ac-1321-427f-aa17-267ca6975798/.default'
const devOpsHosts = /^(?:dev\.azure\.com|[a-z0-9-]+\.visualstudio\.com)$/

/**
 * Credentials for a repository of Azure DevOps (a token of Entra ID) or AWS CodeCommit (a signed password). Only for hosts that
 * belong to the cloud: who writes the address of a repository must not get at a token by it. Throws `AuthError` (`AddressRefused`
 * for other hosts), or the signal's reason.
 */
export async function getGitCredentials(
  { provider, url, identity }: GitRequest,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<GitCredentials> {
  if (provider === 'aws') return { basic: await codeCommitCredentials(url, identity, deps, signal) }
  if (url.protocol !== 'https:' || !devOpsHosts.test(url.hostname)) {
    throw new AuthError(
      'AddressRefused',
      `'${url.host}' is no repository of Azure DevOps: want https://dev.azure.com/… or https://<organization>.visualstudio.com/…`,
    )
  }
  return { bearer: (await azureTokensOf(identity, deps)(devOpsScope, signal)).token }
}
