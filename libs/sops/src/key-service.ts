// SPDX-License-Identifier: Apache-2.0
import type { MasterKey } from './master-key.ts'

/** Holds credentials for one type of master key. */
export interface KeyService<K extends MasterKey = MasterKey> {
  /**
   * The plain bytes that `key.enc` holds. Throws where the credentials do not open it or the service cannot be
   * reached; the message of what it throws is shown to people, so it carries no secret.
   */
  decrypt(key: K, signal: AbortSignal): Promise<Uint8Array>
}

/** The key services at hand, by the type of key; for a type without one decryption falls to the other keys. */
export type KeyServices = { readonly [K in MasterKey as K['type']]?: KeyService<K> }
