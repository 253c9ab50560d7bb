// SPDX-License-Identifier: Apache-2.0
import type { SourceObject } from './adapter.ts'

/** `Kind/namespace/name`: stands for an object where what is kept for it is told apart. */
export function ownerName({ kind, metadata }: SourceObject): string {
  return `${kind}/${metadata.namespace ?? ''}/${metadata.name}`
}
