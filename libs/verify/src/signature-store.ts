// SPDX-License-Identifier: Apache-2.0

/** What a manifest says of a piece of content, or a list of referrers of a manifest. */
export interface ContentDescriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly artifactType?: string | undefined
  readonly annotations?: Readonly<Record<string, string>> | undefined
}

/**
 * Where the signatures of one repository are. A registry client fulfils it; each method throws that client's error
 * when the registry does not answer, and hands out nothing whose digest was not checked.
 */
export interface SignatureStore {
  /** The manifests that name the digest as their subject: the referrers API, or the tag that stands in for it. Empty when there are none. */
  referrers(digest: string, signal: AbortSignal): Promise<readonly ContentDescriptor[]>
  /** The bytes of a manifest by its tag or digest; absent when there is none, or none that can be used. */
  manifest(reference: string, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** The bytes of a blob; absent when there is none, or not that the descriptor names, or more than `maxBytes`. */
  blob(descriptor: ContentDescriptor, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined>
}
