// SPDX-License-Identifier: Apache-2.0

/** A token of a Kubernetes ServiceAccount. Secret: never log it. */
export interface ServiceAccountToken {
  readonly token: string
  readonly expiresAtMs: number
}

/** Issues a token of the identity's ServiceAccount for the audiences; none means the API server's own. */
export type IssueToken = (audiences: readonly string[], signal: AbortSignal) => Promise<ServiceAccountToken>

/**
 * Whose rights a credential is to carry. `service-account`: those that the annotations of a ServiceAccount name at the cloud (or its
 * own, where the other side trusts the cluster's tokens). `controller`: those of the process, by its environment; `issueToken` is then
 * for the ServiceAccount that the process runs as, and absent outside of a cluster.
 */
export type Identity =
  | {
      readonly kind: 'service-account'
      readonly namespace: string
      readonly name: string
      readonly annotations: Readonly<Record<string, string>>
      /** Of its tokens, in place of the provider's own. */
      readonly audiences?: readonly string[]
      readonly issueToken: IssueToken
    }
  | { readonly kind: 'controller'; readonly issueToken?: IssueToken }

/** The audiences of the identity's tokens at a provider. */
export function audiencesOf(
  { audiences = [] }: Extract<Identity, { kind: 'service-account' }>,
  ofProvider: string,
): readonly string[] {
  return audiences.length > 0 ? audiences : [ofProvider]
}

/** For messages: whose credential it is. */
export function identityName(identity: Identity): string {
  return identity.kind === 'controller' ? 'the controller' : `ServiceAccount/${identity.namespace}/${identity.name}`
}
