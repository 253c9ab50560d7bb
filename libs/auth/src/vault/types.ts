// SPDX-License-Identifier: Apache-2.0

/** A data key that Vault's or OpenBao's transit engine encrypted, as SOPS writes it. */
export interface VaultCiphertext {
  /** Of the server, without `/v1`. */
  readonly vaultAddress: string
  readonly enginePath: string
  readonly keyName: string
  /** `vault:v1:…` */
  readonly enc: string
}

/** A token of Vault. Secret: never log it. */
export interface VaultToken {
  readonly token: string
  /** Gives another one after the server refused this; absent where there is no other. */
  readonly renew?: (signal: AbortSignal) => Promise<VaultToken>
}

/** Tokens for a server. */
export type VaultSource = (address: string, signal: AbortSignal) => Promise<VaultToken>
