// SPDX-License-Identifier: Apache-2.0
import { finished } from 'node:stream/promises'
import { layerOperation } from '@tidelock/api'
import type { OCIRepository } from '@tidelock/api'
import { ignoreMatcher, readSourceIgnoreFiles, readTree, unpackArchive } from '@tidelock/archive'
import type { ArchiveEntries, Ignored, UnpackLimits } from '@tidelock/archive'
import { CodedError } from '@tidelock/errors'
import type { Descriptor, ImageManifest, RepositoryClient } from '@tidelock/oci'

/** Why a layer cannot be used; the codes are Flux's reasons. */
export class LayerError extends CodedError<'OCIArtifactLayerOperationFailed' | 'SourceIgnoreError'> {}

/** A layer that claims more is refused: Flux has no bound here, and a full disk for it. */
const unpackLimits: UnpackLimits = { maxBytes: 4 * 1024 ** 3 }

/** The layer that `spec.layerSelector` chooses: the first, or the first of the media type. Throws LayerError with Flux's wording. */
export function selectLayer({ spec }: OCIRepository, manifest: ImageManifest): Descriptor {
  const [first] = manifest.layers
  if (first === undefined) throw failed('no layers found in artifact')
  const mediaType = spec.layerSelector?.mediaType ?? ''
  if (mediaType === '') return first
  const found = manifest.layers.find((layer) => layer.mediaType === mediaType)
  if (found === undefined) throw failed(`failed to find layer with media type '${mediaType}' in artifact`)
  return found
}

/** Whether the layer is stored as it is. */
export function isCopied({ spec }: OCIRepository): boolean {
  return layerOperation(spec.layerSelector) === 'copy'
}

/** The bytes of a layer, for the storage. What goes wrong upstream is thrown as LayerError. */
export async function* copyLayer(
  repository: RepositoryClient,
  layer: Descriptor,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* (await repository.blob(layer, { signal })) as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw failed('failed to copy layer from artifact', cause)
  }
}

/** Unpacks a layer into an empty directory. Throws LayerError. */
export async function extractLayer(
  repository: RepositoryClient,
  layer: Descriptor,
  { directory, signal }: { readonly directory: string; readonly signal: AbortSignal },
): Promise<void> {
  try {
    const blob = await repository.blob(layer, { signal })
    await unpackArchive(blob, directory, { limits: unpackLimits, signal })
    // its digest is known at its end, which may lie behind that of the archive
    await finished(blob.resume(), { writable: false, signal })
  } catch (cause) {
    throw failed('failed to extract layer contents from artifact', cause)
  }
}

/** What of an unpacked layer belongs into the artifact. Throws LayerError for a `.sourceignore` that cannot be read. */
export async function selectEntries(
  directory: string,
  { spec }: OCIRepository,
  signal: AbortSignal,
): Promise<ArchiveEntries> {
  return readTree(directory, { ignored: await matcher(directory, spec.ignore, signal), signal })
}

async function matcher(directory: string, specIgnore: string | undefined, signal: AbortSignal): Promise<Ignored> {
  try {
    const sourceIgnoreFiles = await readSourceIgnoreFiles(directory, signal)
    return ignoreMatcher({ sourceIgnoreFiles, ...(specIgnore === undefined ? {} : { specIgnore }) })
  } catch (cause) {
    throw new LayerError('SourceIgnoreError', 'failed to load source ignore patterns from repository', { cause })
  }
}

function failed(message: string, cause?: unknown): LayerError {
  return new LayerError('OCIArtifactLayerOperationFailed', message, { cause })
}
