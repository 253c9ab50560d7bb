// SPDX-License-Identifier: Apache-2.0
import type { AuthDeps } from './deps.ts'
import { AuthError } from './errors.ts'
import type { Identity, IssueToken } from './identity.ts'
import { cacheKey } from './token-cache.ts'
import type { Expiring } from './token-cache.ts'

/** What a credential depends on; every part that is named becomes part of the cache's key. */
export type CacheParts = Readonly<Record<string, string | readonly string[] | undefined>>

/** Asks the cache of `deps`, when there is one, else creates anew. */
export function cached<T extends Expiring>(
  parts: CacheParts,
  create: () => Promise<T>,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<T> {
  if (deps.cache === undefined) return create()
  const proxy = deps.proxied?.print
  return deps.cache.get(cacheKey({ ...parts, proxy }), create, { user: deps.user, signal })
}

/** The parts of a cache key that tell identities apart. */
export function identityParts(identity: Identity): CacheParts {
  return identity.kind === 'controller'
    ? { identity: 'controller' }
    : { identity: 'service-account', namespace: identity.namespace, name: identity.name, audiences: identity.audiences }
}

/** What issues tokens of the identity; throws `CredentialsMissing` where there is none. */
export function issuerOf(identity: Identity, what: string): IssueToken {
  if (identity.issueToken !== undefined) return identity.issueToken
  throw new AuthError(
    'CredentialsMissing',
    `${what}: the controller does not run with a ServiceAccount of the cluster: name one in serviceAccountName`,
  )
}
