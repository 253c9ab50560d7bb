// SPDX-License-Identifier: Apache-2.0

/** Bounds on what a registry may send. */
export interface RegistryLimits {
  /** Bytes of one manifest or index. */
  readonly manifestBytes: number
  /** Descriptors in one manifest or index. */
  readonly manifestEntries: number
  /** Indexes inside of indexes on the way to an image. */
  readonly indexDepth: number
  /** Bytes of one page of tags or referrers. */
  readonly pageBytes: number
  readonly pages: number
  /** Tags of a repository. */
  readonly tags: number
  /** Referrers of a manifest. */
  readonly referrers: number
  /** Bytes of a token service's answer. */
  readonly tokenBytes: number
  /** Bytes of an error's body that are read. */
  readonly errorBytes: number
  /** Bytes of one blob. */
  readonly blobBytes: number
}

/** Far above what real registries send. */
export const defaultLimits: RegistryLimits = {
  manifestBytes: 4 * 1024 * 1024,
  manifestEntries: 10_000,
  indexDepth: 4,
  pageBytes: 8 * 1024 * 1024,
  pages: 2_000,
  tags: 500_000,
  referrers: 10_000,
  tokenBytes: 1024 * 1024,
  errorBytes: 64 * 1024,
  blobBytes: 16 * 1024 * 1024 * 1024,
}
