// SPDX-License-Identifier: Apache-2.0
import type { Expiring } from '../token-cache.ts'

/** What a registry takes as basic credentials. Secret: never log it. */
export interface RegistryCredentials extends Expiring {
  readonly username: string
  readonly password: string
}
