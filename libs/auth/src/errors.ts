// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/**
 * What can go wrong with credentials:
 * `ProviderUnknown` no such provider · `CredentialsInvalid` the given credentials cannot be used · `CredentialsMissing` none were
 * found · `IdentityInvalid` the ServiceAccount does not say which cloud identity it stands for · `GateDisabled` an identity was
 * named that a feature gate forbids · `KeyInvalid` the name of a key is malformed · `ClusterInvalid` the description of a cluster
 * is · `RegistryInvalid` a registry that is none of the provider's · `AddressRefused` a key server that is not on the list of trusted ones · `AccessDenied` the provider knows us and says no, or
 * does not know us · `NotFound` no such key or cluster · `Unavailable` no answer, or a passing failure · `Rejected` the provider
 * refuses the request · `ProtocolError` an answer that makes no sense.
 */
export type AuthErrorCode =
  | 'ProviderUnknown'
  | 'CredentialsInvalid'
  | 'CredentialsMissing'
  | 'IdentityInvalid'
  | 'GateDisabled'
  | 'KeyInvalid'
  | 'ClusterInvalid'
  | 'RegistryInvalid'
  | 'AddressRefused'
  | 'AccessDenied'
  | 'NotFound'
  | 'Unavailable'
  | 'Rejected'
  | 'ProtocolError'

/** An error of this package. Its message and causes never hold a token, a secret or a key. */
export class AuthError extends CodedError<AuthErrorCode> {}
