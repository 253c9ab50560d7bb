// SPDX-License-Identifier: Apache-2.0
import { bundleFromJSON, type Bundle } from '@sigstore/bundle'
import { VerifyError } from '../errors.ts'
import { parseJsonObject } from '../json.ts'

/** How the media types of all versions of Sigstore bundles begin. */
export const bundleMediaType = 'application/vnd.dev.sigstore.bundle'

const limits = { proofs: 32, bytes: 64 * 1024 }

/** Reads a Sigstore bundle of version 0.3 or later, the first that OCI artifacts are signed with. Throws `Unverified`. */
export function parseBundle(bytes: Uint8Array): Bundle {
  const json = parseJsonObject('the bundle', bytes)
  const mediaType = json['mediaType']
  if (typeof mediaType !== 'string' || !isRecent(mediaType)) {
    throw new VerifyError('Unverified', 'the bundle is older than version 0.3, or of an unknown version')
  }
  let bundle: Bundle
  try {
    bundle = bundleFromJSON(json)
  } catch (cause) {
    throw new VerifyError('Unverified', 'the bundle is not valid', { cause })
  }
  checkSizes(bundle)
  return bundle
}

/** What is read of these costs more than its length, so what no signer writes is not looked at. Throws `Unverified`. */
export function checkSizes({
  verificationMaterial: { content, tlogEntries, timestampVerificationData },
}: Bundle): void {
  const timestamps = timestampVerificationData?.rfc3161Timestamps ?? []
  if (tlogEntries.length > limits.proofs || timestamps.length > limits.proofs) {
    throw new VerifyError('Unverified', `the bundle has more than ${limits.proofs} log entries or timestamps`)
  }
  const certificate = content.$case === 'certificate' ? content.certificate.rawBytes.byteLength : 0
  const sizes = [certificate, ...timestamps.map((timestamp) => timestamp.signedTimestamp.byteLength)]
  if (sizes.some((size) => size > limits.bytes)) {
    throw new VerifyError('Unverified', `the bundle has a certificate or timestamp of more than ${limits.bytes} bytes`)
  }
}

function isRecent(mediaType: string): boolean {
  const version = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v|\+json;version=)0\.([3-9])(?:\+json)?$/.exec(
    mediaType,
  )
  return version !== null
}
