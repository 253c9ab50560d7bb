// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion } from '../meta/kind.ts'
import type { KubeObject } from '../meta/object.ts'
import type { FluxEvent } from './event.ts'

/** API group of the events; the prefix of what people put into them by annotation. */
export const eventGroup = 'event.toolkit.fluxcd.io'

/** Names of metadata that Flux's tools know, without the prefix of a group. */
export const eventMetadataKeys = {
  /** Revision of the artifact. */
  revision: 'revision',
  /** Revision at the origin of the artifact, such as the commit that an OCI artifact was made of. */
  originRevision: 'originRevision',
  /** Digest of the artifact. */
  digest: 'digest',
  /** Digest of the artifact, in old events. */
  checksum: 'checksum',
  /** Whatever the sender tells contents apart by. */
  token: 'token',
  /** Hash of a Git commit. */
  commit: 'commit',
  /** Page of the commit that the artifact was made of. Our own: Flux's tools show it as they show any key. */
  commitUrl: 'commitUrl',
  /** Marks an event that updates the state of a commit; its value is `update`. */
  commitStatus: 'commit_status',
  /** Identifier of a change request. */
  changeRequest: 'change_request',
} as const

/** The value of `commit_status`. */
export const commitStatusUpdate = 'update'

/** Metadata as it is sent: each key with the API group of the object before it. Undefined and empty values are left out. */
export function groupMetadata(
  group: string,
  values: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const metadata: Record<string, string> = {}
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') metadata[`${group}/${key}`] = value
  }
  return metadata
}

/**
 * The metadata of an event about this object: what the controller gives, and the annotations of the object that start
 * with `event.toolkit.fluxcd.io/`, which win. Undefined when there is none.
 */
export function metadataOf(
  obj: Pick<KubeObject, 'metadata'>,
  metadata: Readonly<Record<string, string>> = {},
): Record<string, string> | undefined {
  const annotations = Object.entries(obj.metadata.annotations ?? {}).filter(([key]) => key.startsWith(`${eventGroup}/`))
  const all = { ...metadata, ...Object.fromEntries(annotations) }
  return Object.keys(all).length === 0 ? undefined : all
}

/**
 * The metadata of a received event as people see it, without prefixes. Keys of other groups are dropped, and so are
 * the digest and checksum of the object's own group; its own group wins over annotations.
 */
export function plainMetadata(event: Pick<FluxEvent, 'involvedObject' | 'metadata'>): Record<string, string> {
  const { group } = parseApiVersion(event.involvedObject.apiVersion ?? '')
  const plain: Record<string, string> = {}
  for (const prefix of [`${eventGroup}/`, `${group}/`]) {
    for (const [key, value] of Object.entries(event.metadata ?? {})) {
      const name = key.slice(prefix.length)
      if (!key.startsWith(prefix)) continue
      const isDigest = name === eventMetadataKeys.digest || name === eventMetadataKeys.checksum
      if (prefix === `${eventGroup}/` || !isDigest) plain[name] = value
    }
  }
  return plain
}

/** The revision that an event is about, looked for where Git providers look: commit, originRevision, revision. */
export function eventRevision(metadata: Readonly<Record<string, string>>): string | undefined {
  const { commit, originRevision, revision } = eventMetadataKeys
  return metadata[commit] ?? metadata[originRevision] ?? metadata[revision]
}
