// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { ArtifactError } from '../errors.ts'

/** The object that an artifact belongs to. */
export interface ArtifactOwner {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** `<kind in lower case>/<namespace>/<name>`. Throws `InvalidPath`. */
export function ownerPath({ kind, namespace, name }: ArtifactOwner): string {
  return [kind.toLowerCase(), namespace, name].map(checkSegment).join('/')
}

/** The path of an artifact's file below the root, as it stands in `status.artifact.path`. Throws `InvalidPath`. */
export function artifactPath(owner: ArtifactOwner, fileName: string): string {
  return `${ownerPath(owner)}/${checkSegment(fileName)}`
}

/** Where a path of `status.artifact.path` lies on disk. Throws `InvalidPath` unless it names a file of an owner. */
export function localPath(root: string, path: string): string {
  const segments = path.replace(/^\/+/, '').split('/')
  if (segments.length !== 4) throw new ArtifactError('InvalidPath', `'${path}' is not a path of an artifact`)
  return join(root, ...segments.map(checkSegment))
}

function checkSegment(segment: string): string {
  const isSafe =
    segment !== '' && !segment.startsWith('.') && !/[/\\\0]/.test(segment) && Buffer.byteLength(segment) <= 255
  if (isSafe) return segment
  throw new ArtifactError('InvalidPath', `'${segment}' cannot be part of an artifact's path`)
}
