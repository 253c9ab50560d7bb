// SPDX-License-Identifier: Apache-2.0
import { digestOf, mediaTypes, openRegistry } from '@tidelock/oci'
import type { Descriptor, RegistryClient, RegistryOptions, RepositoryClient } from '@tidelock/oci'

/** A clock that never waits: retries follow at once. */
const instantClock = {
  now: (): number => Date.now(),
  sleep: async (_ms: number, signal?: AbortSignal): Promise<void> => signal?.throwIfAborted(),
}

/** A client with the settings of a test. */
export function connect(registry: string, options: Partial<RegistryOptions> = {}): RegistryClient {
  return openRegistry({ registry, userAgent: 'test', clock: instantClock, random: () => 0.5, ...options })
}

/** A descriptor of bytes. */
export function describeBytes(bytes: Uint8Array, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}

/** The bytes of an artifact's manifest, and what it names. */
export function artifact(...layers: readonly string[]): { manifest: Buffer; blobs: Buffer[] } {
  const blobs = ['{}', ...layers].map((text) => Buffer.from(text))
  const [config, ...rest] = blobs.map((blob, index) =>
    describeBytes(blob, index === 0 ? mediaTypes.fluxConfig : mediaTypes.fluxContent),
  )
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: rest }
  return { manifest: Buffer.from(JSON.stringify(manifest)), blobs }
}

/** Pushes an artifact with text layers under a tag. */
export async function pushArtifact(
  repository: RepositoryClient,
  tag: string,
  ...layers: readonly string[]
): Promise<Descriptor> {
  const { manifest, blobs } = artifact(...layers)
  for (const blob of blobs) await repository.pushBlob(describeBytes(blob, ''), blob)
  return repository.pushManifest({ mediaType: mediaTypes.ociManifest, bytes: manifest, reference: tag })
}

/** The blob as text. */
export async function readText(repository: RepositoryClient, descriptor: Descriptor): Promise<string> {
  const chunks = await Array.fromAsync(await repository.blob(descriptor))
  return Buffer.concat(chunks as Buffer[]).toString('utf8')
}
