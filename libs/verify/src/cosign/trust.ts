// SPDX-License-Identifier: Apache-2.0
import type { KeyObject } from 'node:crypto'
import type { IdentityMatch } from './keyless.ts'
import type { TrustedRoot } from './trusted-root.ts'

/** A public key and what it is called: its key in the Secret. */
export interface NamedKey {
  readonly name: string
  readonly key: KeyObject
}

/** Whose signatures count. */
export type CosignTrust =
  | { readonly kind: 'keys'; readonly keys: readonly NamedKey[] }
  | { readonly kind: 'keyless'; readonly root: TrustedRoot; readonly identities: readonly IdentityMatch[] }
