// SPDX-License-Identifier: Apache-2.0
import type { GitRepository } from '@tidelock/api'

/**
 * The first field of the spec that this version cannot honour, or undefined. Ignoring any of them would make an artifact
 * that is not what was asked for, and for `verify` an unsafe one, so such an object is refused as a whole.
 */
export function unsupportedField({ spec }: GitRepository): string | undefined {
  if (spec.provider !== undefined && spec.provider !== 'generic') return `spec.provider '${spec.provider}'`
  return undefined
}
