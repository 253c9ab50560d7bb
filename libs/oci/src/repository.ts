// SPDX-License-Identifier: Apache-2.0
import type { Readable } from 'node:stream'
import type { HttpResponse } from '@tidelock/http'
import { fetchBlob } from './blob.ts'
import type { RegistryLimits } from './limits.ts'
import { fetchImage, fetchManifest, resolve } from './manifests.ts'
import { pushBlob, pushManifest, tagManifest } from './push.ts'
import type { ManifestToPush } from './push.ts'
import { fetchReferrers } from './referrers.ts'
import type { RepositoryName } from './reference.ts'
import type { Session, SessionRequest } from './session.ts'
import { fetchTags } from './tags.ts'
import type {
  BlobSource,
  CallOptions,
  Descriptor,
  FetchedImage,
  FetchedManifest,
  Platform,
  RepositoryClient,
} from './types.ts'

/** A request to one repository: `target` is what follows `/v2/<path>/`, or a location that the registry named. */
export interface RepositoryRequest extends Omit<SessionRequest, 'scope' | 'signal'> {
  readonly push?: boolean
}

/** One repository over the session of its registry. */
export class Repository implements RepositoryClient {
  readonly registry: string
  readonly path: string
  readonly limits: RegistryLimits
  readonly #session: Session

  constructor(session: Session, { registry, path }: RepositoryName) {
    this.#session = session
    this.registry = registry
    this.path = path
    this.limits = session.wire.limits
  }

  get name(): string {
    return `${this.registry}/${this.path}`
  }

  resolve(reference: string, options: CallOptions = {}): Promise<Descriptor> {
    return resolve(this, reference, options)
  }

  manifest(reference: string, options: CallOptions = {}): Promise<FetchedManifest> {
    return fetchManifest(this, reference, options)
  }

  image(reference: string, options: CallOptions & { readonly platform?: Platform } = {}): Promise<FetchedImage> {
    return fetchImage(this, reference, options)
  }

  blob(descriptor: Pick<Descriptor, 'digest' | 'size'>, options: CallOptions = {}): Promise<Readable> {
    return fetchBlob(this, descriptor, options)
  }

  tags(options: CallOptions = {}): Promise<readonly string[]> {
    return fetchTags(this, options)
  }

  referrers(
    digest: string,
    options: CallOptions & { readonly artifactType?: string } = {},
  ): Promise<readonly Descriptor[]> {
    return fetchReferrers(this, digest, options)
  }

  pushBlob(
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    source: BlobSource,
    options: CallOptions = {},
  ): Promise<void> {
    return pushBlob(this, descriptor, source, options)
  }

  pushManifest(manifest: ManifestToPush, options: CallOptions = {}): Promise<Descriptor> {
    return pushManifest(this, manifest, options)
  }

  tag(reference: string, tag: string, options: CallOptions = {}): Promise<Descriptor> {
    return tagManifest(this, reference, tag, options)
  }

  /** Sends once, with a token for this repository. */
  send({ target, push, ...request }: RepositoryRequest, { signal }: CallOptions): Promise<HttpResponse> {
    const absolute = target.startsWith('/') || /^https?:/i.test(target)
    return this.#session.send({
      ...request,
      target: absolute ? target : `/v2/${this.path}/${target}`,
      scope: `repository:${this.path}:${push === true ? 'pull,push' : 'pull'}`,
      ...(signal === undefined ? {} : { signal }),
    })
  }

  /** Runs what can be run again until it succeeds or fails for good. */
  retry<T>(operation: () => Promise<T>, { signal }: CallOptions): Promise<T> {
    return this.#session.wire.retry(operation, signal)
  }
}
