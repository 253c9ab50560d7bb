// SPDX-License-Identifier: Apache-2.0
export { KubeClient } from './client.ts'
export type { DerivedClientOptions, RawRequest, RawResponse } from './client.ts'
export type {
  ApplyOptions,
  DeleteOptions,
  FieldValidation,
  GetOptions,
  KubeClientOptions,
  ListOptions,
  ListResult,
  MetadataInput,
  ObjectInput,
  PatchOptions,
  RateLimit,
  RequestInfo,
  RequestOptions,
  RetryPolicy,
  WriteOptions,
} from './client-options.ts'
export { Informer } from './informer.ts'
export type { InformerHandler, InformerOptions, InformerState, InformerStats } from './informer-types.ts'
export { KubeError, isKubeError } from './kube-error.ts'
export type { KubeErrorCode, KubeErrorOptions, StatusCause } from './kube-error.ts'
export { LeaderElector } from './leader-elector.ts'
export type { LeaderElectorOptions } from './leader-elector.ts'
export { loadTarget } from './load-target.ts'
export type { LoadTargetOptions } from './load-target.ts'
export type { KubeconfigOverrides } from './kubeconfig-overrides.ts'
export { silentLog } from './log.ts'
export type { KubeLog } from './log.ts'
export { formatRef, refOf } from './object-ref.ts'
export type { ObjectRef } from './object-ref.ts'
export type { ListPage } from './list-pages.ts'
export { parseRemoteTarget } from './remote-target.ts'
export type { RemoteTargetOptions } from './remote-target.ts'
export { RequestSlots } from './request-slots.ts'
export type { RequestSlotsOptions } from './request-slots.ts'
export { compareResourceVersions } from './resource-version.ts'
export { parseProxySecret } from './secrets/proxy-secret.ts'
export { decodeSecret, fetchSecretData } from './secrets/secret-data.ts'
export type { SecretData, SecretObject } from './secrets/secret-data.ts'
export { SecretError } from './secrets/secret-error.ts'
export { parseTlsSecret } from './secrets/tls-secret.ts'
export type { ClusterTarget, Impersonation } from './target.ts'
export type { IssuedToken, TokenRequest } from './token-request.ts'
export type { WatchEnd, WatchEvent, WatchOptions, WatchSession, WatchSink } from './watch.ts'
