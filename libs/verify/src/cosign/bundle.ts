// SPDX-License-Identifier: Apache-2.0
import { bundleFromJSON, type Bundle } from '@sigstore/bundle'
import { VerifyError } from '../errors.ts'
import { parseJsonObject } from '../json.ts'

/** How the media types of all versions of Sigstore bundles begin. */
export const bundleMediaType = 'application/vnd.dev.sigstore.bundle'

/** Reads a Sigstore bundle of version 0.3 or later, the first that OCI artifacts are signed with. Throws `Unverified`. */
export function parseBundle(bytes: Uint8Array): Bundle {
  const json = parseJsonObject('the bundle', bytes)
  const mediaType = json['mediaType']
  if (typeof mediaType !== 'string' || !isRecent(mediaType)) {
    throw new VerifyError('Unverified', 'the bundle is older than version 0.3, or of an unknown version')
  }
  try {
    return bundleFromJSON(json)
  } catch (cause) {
    throw new VerifyError('Unverified', 'the bundle is not valid', { cause })
  }
}

function isRecent(mediaType: string): boolean {
  const version = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v|\+json;version=)0\.([3-9])(?:\+json)?$/.exec(
    mediaType,
  )
  return version !== null
}
