// SPDX-License-Identifier: Apache-2.0
import { formatReference, parseReference } from '@tidelock/oci'
import type { Reference } from '@tidelock/oci'
import { CliError } from '../errors.ts'

/** An artifact as a user names it. */
export interface ArtifactUrl {
  /** Without `oci://`, otherwise as it was written. */
  readonly text: string
  readonly reference: Reference
  /** The tag or digest; `latest` where none is named. */
  readonly target: string
}

/** Reads `oci://host/path[:tag][@digest]`. Throws UsageInvalid, and OciError InvalidReference. */
export function parseArtifactUrl(url: string | undefined, what: string): ArtifactUrl {
  if (url === undefined) throw new CliError('UsageInvalid', `${what} is required: oci://<domain>/<org>/<repo>`)
  if (!url.startsWith('oci://'))
    throw new CliError('UsageInvalid', `URL must be in format 'oci://<domain>/<org>/<repo>', but is '${url}'`)
  const reference = parseReference(url)
  return { text: url.slice('oci://'.length), reference, target: reference.digest ?? reference.tag ?? 'latest' }
}

/** `host/path@digest` or `host/path:tag`. */
export function nameOf(reference: Reference, target: string): string {
  return formatReference(reference, target)
}
