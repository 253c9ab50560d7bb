// SPDX-License-Identifier: Apache-2.0
import type { Artifact } from '../schema/shapes.ts'

/** Whether there is an artifact and it has that revision, to the letter. */
export function hasRevision(artifact: Artifact | undefined, revision: string): boolean {
  return artifact?.revision === revision
}

/** Whether there is an artifact and its file has that digest. */
export function hasDigest(artifact: Artifact | undefined, digest: string): boolean {
  return artifact?.digest === digest
}
