// SPDX-License-Identifier: Apache-2.0
import { digestOf, mediaTypes } from '@tidelock/oci'
import type { Descriptor } from '@tidelock/oci'
import { toGoJson } from '../output/go-json.ts'

/** The config of every artifact of Flux: it says nothing. */
export const artifactConfig: Uint8Array = Buffer.from(
  '{"architecture":"","created":"0001-01-01T00:00:00Z","os":"","rootfs":{"type":"layers","diff_ids":null},"config":{}}',
)

/** Annotations that tell where an artifact comes from. */
export const annotationKeys = {
  created: 'org.opencontainers.image.created',
  source: 'org.opencontainers.image.source',
  revision: 'org.opencontainers.image.revision',
} as const

/** What a manifest names, and its bytes: the same as flux writes for that layer and those annotations. */
export interface ArtifactManifest {
  readonly config: Descriptor
  readonly layer: Descriptor
  readonly bytes: Uint8Array
  readonly mediaType: string
}

/** The manifest of an artifact with one layer. */
export function artifactManifest(
  layer: { readonly digest: string; readonly sizeBytes: number },
  annotations: Readonly<Record<string, string>>,
): ArtifactManifest {
  const mediaType = mediaTypes.ociManifest
  const config = { mediaType: mediaTypes.fluxConfig, size: artifactConfig.length, digest: digestOf(artifactConfig) }
  const described = { mediaType: mediaTypes.fluxContent, size: layer.sizeBytes, digest: layer.digest }
  const keys = Object.keys(annotations).toSorted()
  const sorted = Object.fromEntries(keys.map((key) => [key, annotations[key] ?? '']))
  const manifest = { schemaVersion: 2, mediaType, config, layers: [described], annotations: sorted }
  return { config, layer: described, mediaType, bytes: Buffer.from(toGoJson(manifest, 0)) }
}
