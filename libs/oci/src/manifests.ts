// SPDX-License-Identifier: Apache-2.0
import { readBounded } from '@tidelock/http'
import type { HttpResponse } from '@tidelock/http'
import { algorithmOf, digestOf } from './digest.ts'
import { OciError } from './errors.ts'
import { isImageType, isIndexType, manifestAccept } from './media-types.ts'
import { parseManifest } from './parse-manifest.ts'
import { checkTagOrDigest, formatReference, isDigest } from './reference.ts'
import { fromHttpError } from './registry-error.ts'
import type { Repository } from './repository.ts'
import type { CallOptions, Descriptor, FetchedImage, FetchedManifest, Platform } from './types.ts'
import { discard } from './wire.ts'

const ok = (status: number): boolean => status === 200
const defaultPlatform: Platform = { os: 'linux', architecture: 'amd64' }

/** `RepositoryClient.resolve`. */
export async function resolve(repository: Repository, reference: string, options: CallOptions): Promise<Descriptor> {
  checkTagOrDigest(reference)
  try {
    return await head(repository, reference, options)
  } catch (error) {
    options.signal?.throwIfAborted()
    // registries that cannot do HEAD, and errors that only a body explains
    if (!(error instanceof OciError) || !(error.code === 'ProtocolError' || 'status' in error.details)) throw error
    return (await fetchManifest(repository, reference, options)).descriptor
  }
}

/** `RepositoryClient.manifest`. */
export function fetchManifest(
  repository: Repository,
  reference: string,
  options: CallOptions,
): Promise<FetchedManifest> {
  checkTagOrDigest(reference)
  return repository.retry(() => get(repository, reference, options), options)
}

/** `RepositoryClient.image`. */
export async function fetchImage(
  repository: Repository,
  reference: string,
  options: CallOptions & { readonly platform?: Platform },
): Promise<FetchedImage> {
  const platform = options.platform ?? defaultPlatform
  let next = reference
  for (let depth = 0; depth <= repository.limits.indexDepth; depth++) {
    const fetched = await fetchManifest(repository, next, options)
    if (fetched.kind === 'image') return fetched
    const child = fetched.index.manifests.find((each) => matches(each.platform ?? defaultPlatform, platform))
    if (child === undefined) {
      const wanted = `${platform.os}/${platform.architecture}${platform.variant === undefined ? '' : `/${platform.variant}`}`
      const name = formatReference(repository, fetched.descriptor.digest)
      throw new OciError('NotFound', `no child with platform ${wanted} in index ${name}`)
    }
    next = child.digest
  }
  throw new OciError(
    'LimitExceeded',
    `${formatReference(repository, reference)}: indexes nested deeper than ${repository.limits.indexDepth}`,
  )
}

function matches(given: Platform, wanted: Platform): boolean {
  return (
    given.os === wanted.os &&
    given.architecture === wanted.architecture &&
    (wanted.variant === undefined || given.variant === wanted.variant) &&
    (wanted['os.version'] === undefined || given['os.version'] === wanted['os.version'])
  )
}

function head(repository: Repository, reference: string, options: CallOptions): Promise<Descriptor> {
  return repository.retry(async () => {
    const response = await send(repository, 'HEAD', reference, options)
    discard(response)
    const digest = response.headers['docker-content-digest']
    const size = Number(response.headers['content-length'] ?? 'none')
    const mediaType = mediaTypeOf(response)
    if (digest === undefined || !isDigest(digest) || !Number.isSafeInteger(size) || mediaType === undefined) {
      throw new OciError(
        'ProtocolError',
        `${formatReference(repository, reference)}: HEAD told neither digest nor type`,
      )
    }
    if (isDigest(reference) && digest !== reference) throw otherDigest(repository, reference, digest)
    return { mediaType, digest, size }
  }, options)
}

async function get(repository: Repository, reference: string, options: CallOptions): Promise<FetchedManifest> {
  const response = await send(repository, 'GET', reference, options)
  const name = formatReference(repository, reference)
  const bytes = await readBody(response, repository.limits.manifestBytes, `manifest ${name}`)
  const said = response.headers['docker-content-digest']
  const expected = isDigest(reference) ? reference : said !== undefined && isDigest(said) ? said : undefined
  const digest = digestOf(bytes, expected === undefined ? 'sha256' : algorithmOf(expected))
  if (expected !== undefined && digest !== expected) throw otherDigest(repository, reference, digest)
  const mediaType = mediaTypeOf(response) ?? ownMediaType(bytes)
  if (mediaType === undefined) {
    const got = JSON.stringify((response.headers['content-type'] ?? '').slice(0, 128))
    throw new OciError('ProtocolError', `manifest ${name}: unsupported media type ${got}`)
  }
  return parseManifest(bytes, { mediaType, digest, size: bytes.length }, repository.limits.manifestEntries)
}

function send(
  repository: Repository,
  method: 'GET' | 'HEAD',
  reference: string,
  options: CallOptions,
): Promise<HttpResponse> {
  return repository.send(
    { method, target: `manifests/${reference}`, headers: { accept: manifestAccept }, accept: ok },
    options,
  )
}

/** The body, bounded. Throws `LimitExceeded`. */
export async function readBody(response: HttpResponse, maxBytes: number, what: string): Promise<Buffer> {
  try {
    return await readBounded(response.body, maxBytes)
  } catch (error) {
    const known = fromHttpError(error)
    if (known instanceof OciError && known.code === 'LimitExceeded') {
      throw new OciError('LimitExceeded', `${what}: more than ${maxBytes} bytes`, { cause: error })
    }
    throw known
  }
}

function mediaTypeOf(response: HttpResponse): string | undefined {
  const [type = ''] = (response.headers['content-type'] ?? '').split(';')
  const trimmed = type.trim()
  return isImageType(trimmed) || isIndexType(trimmed) ? trimmed : undefined
}

/** For registries that serve manifests as plain JSON. */
function ownMediaType(bytes: Uint8Array): string | undefined {
  try {
    const own = (JSON.parse(Buffer.from(bytes).toString('utf8')) as { mediaType?: unknown } | null)?.mediaType
    return typeof own === 'string' && (isImageType(own) || isIndexType(own)) ? own : undefined
  } catch {
    return undefined
  }
}

function otherDigest(repository: Repository, reference: string, digest: string): OciError {
  const name = formatReference(repository, reference)
  return new OciError('DigestMismatch', `manifest ${name}: the registry sent one with digest ${digest}`)
}
