// SPDX-License-Identifier: Apache-2.0
import type { ArtifactIndex } from '@tidelock/archive'

/** Files of all indexes together. One takes about 250 bytes. */
const maxFiles = 50_000

/** Published indexes by digest, the last used ones, so that all who look at a new revision parse its index once. */
export class RecentIndexes {
  readonly #byDigest = new Map<string, ArtifactIndex>()

  get(digest: string): ArtifactIndex | undefined {
    return this.#byDigest.get(digest)
  }

  /** Notes a use. The newest one stays however large it is. */
  set(digest: string, index: ArtifactIndex): void {
    this.#byDigest.delete(digest)
    this.#byDigest.set(digest, index)
    let files = 0
    for (const [each, { files: held }] of [...this.#byDigest].reverse()) {
      files += held.length
      if (each !== digest && files > maxFiles) this.#byDigest.delete(each)
    }
  }
}
