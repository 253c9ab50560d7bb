// SPDX-License-Identifier: Apache-2.0
export { GitError } from './git-error.ts'
export type { GitErrorCode } from './git-error.ts'
export { defaultLimits } from './limits.ts'
export type {
  GitAuth,
  GitCommit,
  GitLimits,
  GitPerson,
  GitRef,
  GitRemote,
  GitTls,
  GitTree,
  GitTreeEntry,
  ResolvedRef,
} from './types.ts'
