// SPDX-License-Identifier: Apache-2.0
export { AuthError } from './errors.ts'
export type { AuthErrorCode } from './errors.ts'
export type { AuthDeps, Env } from './deps.ts'
export type { Identity, IssueToken, ServiceAccountToken } from './identity.ts'
export { TokenCache } from './token-cache.ts'
export type { Expiring, TokenCacheObserver, TokenCacheOptions, TokenUser } from './token-cache.ts'
export { getClusterAccess } from './cluster/access.ts'
export type { ClusterAccess, ClusterRequest } from './cluster/types.ts'
