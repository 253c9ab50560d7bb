// SPDX-License-Identifier: Apache-2.0
import type { GitLimits } from './types.ts'

const MiB = 1024 * 1024

/** Generous for a repository of manifests, small enough that a hostile server cannot fill a disk or the memory. */
export const defaultLimits: GitLimits = {
  packBytes: 1024 * MiB,
  objectBytes: 128 * MiB,
  totalBytes: 4096 * MiB,
  objects: 4_000_000,
  refs: 500_000,
  deltaDepth: 4096,
  pathBytes: 4096,
  treeDepth: 256,
  treeEntries: 1_000_000,
}
