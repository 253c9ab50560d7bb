// SPDX-License-Identifier: Apache-2.0

/** Who asks. `identityToken` is a refresh token for the token service; `registryToken` goes to the registry as it is. */
export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'identityToken'; readonly username?: string; readonly identityToken: string }
  | { readonly kind: 'registryToken'; readonly registryToken: string }
