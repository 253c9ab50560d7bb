// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'

/** The key of `artifact.metadata` that holds the digest of the published index. */
export const indexMetadataKey = 'tidelock.dev/index'

/** What the name of an artifact's index ends with, in the store and in URLs. */
export const indexSuffix = '.index.json'

/** What the names of Flux's lock files end with. We make none, but may inherit a volume from Flux. */
export const lockSuffix = '.lock'

/** A name beside the final one for a file that is being written. */
export function temporaryName(name: string): string {
  return `.${name}.${randomBytes(6).toString('hex')}.tmp`
}

/** Whether a name is one that `temporaryName` makes. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith('.') && name.endsWith('.tmp')
}
