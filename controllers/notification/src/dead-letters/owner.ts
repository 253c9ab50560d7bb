// SPDX-License-Identifier: Apache-2.0
import type { Provider } from '@tidelock/api'
import type { LetterOwner } from './dead-letters.ts'

/** The Provider as its letters know it. */
export function ownerOf({ metadata: { namespace = '', name, uid = '' } }: Provider): LetterOwner {
  return { namespace, name, uid }
}
