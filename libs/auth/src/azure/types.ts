// SPDX-License-Identifier: Apache-2.0
import type { Expiring } from '../token-cache.ts'

/** An access token of Microsoft Entra ID. Secret: never log it. */
export interface AzureToken extends Expiring {
  readonly token: string
}

/** Tokens for a scope, such as `https://vault.azure.net/.default`. */
export type AzureSource = (scope: string, signal: AbortSignal) => Promise<AzureToken>
