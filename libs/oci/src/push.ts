// SPDX-License-Identifier: Apache-2.0
import type { HttpResponse } from '@tidelock/http'
import { algorithmOf, digestOf } from './digest.ts'
import { OciError } from './errors.ts'
import { fetchManifest } from './manifests.ts'
import { checkDigest, checkTag, checkTagOrDigest, formatReference, isDigest } from './reference.ts'
import type { Repository } from './repository.ts'
import type { BlobSource, CallOptions, Descriptor } from './types.ts'
import { discard } from './wire.ts'

/** A manifest to upload; under its digest when `reference` is undefined. */
export interface ManifestToPush {
  readonly mediaType: string
  readonly bytes: Uint8Array
  readonly reference?: string
}

/** `RepositoryClient.pushBlob`. */
export async function pushBlob(
  repository: Repository,
  descriptor: Pick<Descriptor, 'digest' | 'size'>,
  source: BlobSource,
  options: CallOptions,
): Promise<void> {
  checkDigest(descriptor.digest)
  await repository.retry(async () => {
    if (await hasBlob(repository, descriptor.digest, options)) return
    const started = await repository.send(
      { method: 'POST', target: 'blobs/uploads/', push: true, headers: { 'content-length': '0' }, accept: isAccepted },
      options,
    )
    discard(started)
    const finished = await repository.send(
      {
        method: 'PUT',
        target: uploadTarget(repository, started, descriptor.digest),
        push: true,
        headers: { 'content-type': 'application/octet-stream', 'content-length': String(descriptor.size) },
        body: source,
        accept: isCreated,
      },
      options,
    )
    discard(finished)
  }, options)
}

/** `RepositoryClient.pushManifest`. */
export async function pushManifest(
  repository: Repository,
  { mediaType, bytes, reference }: ManifestToPush,
  options: CallOptions,
): Promise<Descriptor> {
  const digest = digestOf(bytes, reference !== undefined && isDigest(reference) ? algorithmOf(reference) : 'sha256')
  const target = checkTagOrDigest(reference ?? digest)
  if (isDigest(target) && target !== digest) {
    throw new OciError(
      'DigestMismatch',
      `${formatReference(repository, target)}: the manifest to push has digest ${digest}`,
    )
  }
  const response = await repository.retry(
    () =>
      repository.send(
        {
          method: 'PUT',
          target: `manifests/${target}`,
          push: true,
          headers: { 'content-type': mediaType },
          body: bytes,
          accept: isCreated,
        },
        options,
      ),
    options,
  )
  discard(response)
  const said = response.headers['docker-content-digest']
  if (said !== undefined && isDigest(said) && algorithmOf(said) === algorithmOf(digest) && said !== digest) {
    throw new OciError(
      'DigestMismatch',
      `${formatReference(repository, target)}: the registry stored ${said}, not ${digest}`,
    )
  }
  return { mediaType, digest, size: bytes.length }
}

/** `RepositoryClient.tag`. */
export async function tagManifest(
  repository: Repository,
  reference: string,
  tag: string,
  options: CallOptions,
): Promise<Descriptor> {
  checkTag(tag)
  const { bytes, descriptor } = await fetchManifest(repository, reference, options)
  return pushManifest(repository, { mediaType: descriptor.mediaType, bytes, reference: tag }, options)
}

async function hasBlob(repository: Repository, digest: string, options: CallOptions): Promise<boolean> {
  const response = await repository.send(
    { method: 'HEAD', target: `blobs/${digest}`, push: true, accept: (status) => status === 200 || status === 404 },
    options,
  )
  discard(response)
  return response.status === 200
}

function uploadTarget(repository: Repository, started: HttpResponse, digest: string): string {
  const url = URL.parse(started.headers['location'] ?? '', started.url)
  if (url === null || started.headers['location'] === undefined) {
    throw new OciError('ProtocolError', `${repository.name}: the registry named no location for the upload`)
  }
  url.searchParams.set('digest', digest)
  return url.href
}

function isAccepted(status: number): boolean {
  return status === 202
}

function isCreated(status: number): boolean {
  return status === 201 || status === 202 || status === 204
}
