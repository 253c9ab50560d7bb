// SPDX-License-Identifier: Apache-2.0

/** A revision taken apart. */
export interface Revision {
  /** Branch, tag, full reference or version; empty when the revision is a digest alone. */
  readonly name: string
  /** Such as `sha1` or `sha256`; absent when the revision is a name alone, like the version of a chart. */
  readonly algorithm?: string
  /** Hexadecimal digest; absent with `algorithm`. */
  readonly hash?: string
}

const withDigest = /^(?:(.*)@)?([a-z0-9]+(?:[.+_-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)$/s
const legacy = /^(?:(.*)\/)?([0-9a-f]{64}|[0-9a-f]{40})$/s

/**
 * Reads a revision: `main@sha1:…`, `sha1:…`, `latest@sha256:…`, `1.2.3`, and the forms of old Flux releases
 * `main/<hash>`, `HEAD/<hash>` (no name) and the bare hash. Anything else is a name.
 */
export function parseRevision(text: string): Revision {
  const [digested, name = '', algorithm, hash] = withDigest.exec(text) ?? []
  if (digested !== undefined && algorithm !== undefined && hash !== undefined) return { name, algorithm, hash }
  const [old, branch = '', bare] = legacy.exec(text) ?? []
  if (old === undefined || bare === undefined) return { name: text }
  return { name: branch === 'HEAD' ? '' : branch, algorithm: bare.length === 40 ? 'sha1' : 'sha256', hash: bare }
}

/** Writes a revision in today's form; `formatRevision(parseRevision(text))` brings an old one up to date. */
export function formatRevision({ name, algorithm, hash }: Revision): string {
  if (algorithm === undefined || hash === undefined) return name
  return name === '' ? `${algorithm}:${hash}` : `${name}@${algorithm}:${hash}`
}
