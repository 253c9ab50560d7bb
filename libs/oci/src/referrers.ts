// SPDX-License-Identifier: Apache-2.0
import { hasCode } from '@tidelock/errors'
import { OciError } from './errors.ts'
import { fetchManifest } from './manifests.ts'
import { mediaTypes } from './media-types.ts'
import { readPages } from './pages.ts'
import { parseManifest } from './parse-manifest.ts'
import { checkDigest } from './reference.ts'
import type { Repository } from './repository.ts'
import type { CallOptions, Descriptor } from './types.ts'

/** What registries without the referrers API answer. */
const unsupported = new Set([400, 403, 404, 405, 406])

/** `RepositoryClient.referrers`. */
export async function fetchReferrers(
  repository: Repository,
  digest: string,
  options: CallOptions & { readonly artifactType?: string },
): Promise<readonly Descriptor[]> {
  checkDigest(digest)
  const found = (await fromApi(repository, digest, options)) ?? (await fromTag(repository, digest, options))
  const { artifactType } = options
  return artifactType === undefined ? found : found.filter((each) => each.artifactType === artifactType)
}

/** The tag under which referrers are listed where the registry has no API: `sha256-<hex>`. */
export function referrersTag(digest: string): string {
  return checkDigest(digest).replace(':', '-')
}

async function fromApi(
  repository: Repository,
  digest: string,
  options: CallOptions & { readonly artifactType?: string },
): Promise<Descriptor[] | undefined> {
  const what = `referrers of ${repository.name}@${digest}`
  const filter = options.artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(options.artifactType)}`
  const request = {
    what,
    target: `referrers/${digest}${filter}`,
    headers: { accept: mediaTypes.ociIndex },
    accept: (status: number): boolean => status === 200 || unsupported.has(status),
  }
  const found: Descriptor[] = []
  for await (const { body, response } of readPages(repository, request, options)) {
    const [type = ''] = (response.headers['content-type'] ?? '').split(';')
    if (response.status !== 200 || type.trim() !== mediaTypes.ociIndex) return undefined
    found.push(...indexEntries(repository, digest, body))
    if (found.length > repository.limits.referrers) {
      throw new OciError('LimitExceeded', `${what}: more than ${repository.limits.referrers}`)
    }
  }
  return found
}

function indexEntries(repository: Repository, digest: string, body: unknown): readonly Descriptor[] {
  const bytes = Buffer.from(JSON.stringify(body))
  const descriptor = { mediaType: mediaTypes.ociIndex, digest, size: bytes.length }
  const parsed = parseManifest(bytes, descriptor, repository.limits.manifestEntries)
  return parsed.kind === 'index' ? parsed.index.manifests : []
}

async function fromTag(repository: Repository, digest: string, options: CallOptions): Promise<readonly Descriptor[]> {
  try {
    const fetched = await fetchManifest(repository, referrersTag(digest), options)
    return fetched.kind === 'index' ? fetched.index.manifests : []
  } catch (error) {
    options.signal?.throwIfAborted()
    if (hasCode(error, 'NotFound')) return []
    throw error
  }
}
