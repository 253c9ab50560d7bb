// SPDX-License-Identifier: Apache-2.0
import type { Readable } from 'node:stream'
import type { HttpClientOptions, RetryClock } from '@tidelock/http'
import type { Credentials } from './credentials.ts'
import type { RegistryLimits } from './limits.ts'

/** What an image is made for, as an index lists it. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  readonly 'os.version'?: string
}

/** Names content by media type, digest and size. */
export interface Descriptor {
  readonly mediaType: string
  /** `sha256:<hex>` or `sha512:<hex>`. */
  readonly digest: string
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: Platform
}

/** An image or artifact manifest, OCI's or Docker's. */
export interface ImageManifest {
  readonly schemaVersion: 2
  readonly mediaType?: string
  readonly artifactType?: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations?: Readonly<Record<string, string>>
}

/** A list of manifests: an OCI index or Docker's manifest list. */
export interface ImageIndex {
  readonly schemaVersion: 2
  readonly mediaType?: string
  readonly artifactType?: string
  readonly manifests: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations?: Readonly<Record<string, string>>
}

/** A manifest as the registry holds it: the bytes are what the digest of `descriptor` stands for. */
export type FetchedManifest = { readonly descriptor: Descriptor; readonly bytes: Uint8Array } & (
  | { readonly kind: 'image'; readonly manifest: ImageManifest }
  | { readonly kind: 'index'; readonly index: ImageIndex }
)

/** A manifest of one image. */
export type FetchedImage = Extract<FetchedManifest, { kind: 'image' }>

/** How to reach a registry, and as whom. */
export interface RegistryOptions extends Omit<HttpClientOptions, 'maxRedirects' | 'insecureSkipVerify'> {
  /** Host with port, as in `ghcr.io` or `localhost:5000`; `docker.io` and `index.docker.io` are Docker Hub. */
  readonly registry: string
  /** Default: anonymous. Sent to this registry and the token service that it names, nowhere else. */
  readonly credentials?: Credentials
  /** Plain HTTP will do; and where neither `ca` nor `cert` is given, any certificate. Default false. */
  readonly insecure?: boolean
  readonly clock: RetryClock
  /** A number in [0, 1) that spreads retries. */
  readonly random: () => number
  readonly limits?: Partial<RegistryLimits>
  /** Runs of a request that fails for a passing reason, the first included. Default 3. */
  readonly attempts?: number
}

/** What every call takes. */
export interface CallOptions {
  /** Ends the call; what is thrown is the signal's reason. */
  readonly signal?: AbortSignal
}

/** Content to push; a function is called for each attempt. */
export type BlobSource = Uint8Array | (() => Readable)

/**
 * One repository of a registry. Every call throws `OciError`, or the signal's reason. Content is handed out under a digest only
 * when it has that digest.
 */
export interface RepositoryClient {
  /** `ghcr.io/org/app`: the registry's name as users write it, and the path. */
  readonly name: string
  /** What a tag or digest names now: a HEAD request, or a GET where the registry's answer to that will not do. */
  resolve(reference: string, options?: CallOptions): Promise<Descriptor>
  /** The manifest or index of a tag or digest. */
  manifest(reference: string, options?: CallOptions): Promise<FetchedManifest>
  /** The manifest of a tag or digest; of an index that of the first image for the platform (default linux/amd64). */
  image(reference: string, options?: CallOptions & { readonly platform?: Platform }): Promise<FetchedImage>
  /**
   * The blob's bytes. The stream fails with `DigestMismatch` at its end, and is never longer than the descriptor says: what was
   * read may be used when it has ended. Must be read to its end or destroyed.
   */
  blob(descriptor: Pick<Descriptor, 'digest' | 'size'>, options?: CallOptions): Promise<Readable>
  /** All tags, in the registry's order. */
  tags(options?: CallOptions): Promise<readonly string[]>
  /** What refers to a manifest: by the referrers API, or by the tag `sha256-…` where the registry has no such API. */
  referrers(digest: string, options?: CallOptions & { readonly artifactType?: string }): Promise<readonly Descriptor[]>
  /** Uploads a blob unless the registry has it. */
  pushBlob(descriptor: Pick<Descriptor, 'digest' | 'size'>, source: BlobSource, options?: CallOptions): Promise<void>
  /** Uploads a manifest under a tag, or under its digest when `reference` is undefined. */
  pushManifest(
    manifest: { readonly mediaType: string; readonly bytes: Uint8Array; readonly reference?: string },
    options?: CallOptions,
  ): Promise<Descriptor>
  /** Gives another tag to what a tag or digest names. */
  tag(reference: string, tag: string, options?: CallOptions): Promise<Descriptor>
}

/** A registry: connections, scheme and tokens are shared by its repositories. The owner closes it. */
export interface RegistryClient extends AsyncDisposable {
  /** The host as users write it. */
  readonly registry: string
  /** Throws `InvalidReference`. Nothing is sent. */
  repository(path: string): RepositoryClient
  /** Asks whether the registry takes the credentials. */
  ping(options?: CallOptions): Promise<void>
  /** Ends all connections; calls under way fail. */
  close(): Promise<void>
}
