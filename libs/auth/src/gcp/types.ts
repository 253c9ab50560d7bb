// SPDX-License-Identifier: Apache-2.0
import type { Expiring } from '../token-cache.ts'

/** An access token of Google. Secret: never log it. */
export interface GcpToken extends Expiring {
  readonly token: string
}
