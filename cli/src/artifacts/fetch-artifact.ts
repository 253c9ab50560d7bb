// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ArchiveError, unpackArchive } from '@tidelock/archive'
import type { ArtifactIndex } from '@tidelock/archive'
import { errorMessage } from '@tidelock/errors'
import type { RepositoryClient } from '@tidelock/oci'
import { CliError } from '../errors.ts'

/** An artifact in a directory of its own, which is removed with it. */
export interface FetchedArtifact extends AsyncDisposable {
  readonly digest: string
  readonly annotations: Readonly<Record<string, string>>
  readonly directory: string
  readonly index: ArtifactIndex
}

/** Fetches and unpacks the first layer of an artifact, a gzip'ed tar. Throws NotFound for an artifact without layers, and OciError. */
export async function fetchArtifact(
  repository: RepositoryClient,
  target: string,
  signal: AbortSignal,
): Promise<FetchedArtifact> {
  const { descriptor, manifest } = await repository.image(target, { signal })
  const [layer] = manifest.layers
  if (layer === undefined) throw new CliError('NotFound', `no layers found in artifact ${repository.name}:${target}`)
  const root = await mkdtemp(join(tmpdir(), 'tidelock-artifact-'))
  const remove = (): Promise<void> => rm(root, { recursive: true, force: true })
  try {
    const directory = join(root, 'content')
    const index = await unpackArchive(await repository.blob(layer, { signal }), directory, { signal })
    const { annotations = {} } = manifest
    return { digest: descriptor.digest, annotations, directory, index, [Symbol.asyncDispose]: remove }
  } catch (cause) {
    await remove()
    if (!(cause instanceof ArchiveError)) throw cause
    const message = `the first layer (${layer.mediaType}) cannot be unpacked: ${errorMessage(cause)}`
    throw new CliError('NotFound', `extracting layer failed: ${message}`, { cause })
  }
}
