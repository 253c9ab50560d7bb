// SPDX-License-Identifier: Apache-2.0
export { openRemote } from './remote.ts'
export { openHttpClient } from './open-transport.ts'
export type { GitHttpOptions } from './open-transport.ts'
export { GitError } from './git-error.ts'
export type { GitErrorCode } from './git-error.ts'
export { parseIdentity } from './ssh/identity.ts'
export type { SshIdentity } from './ssh/identity.ts'
export { defaultLimits } from './limits.ts'
export type {
  FetchTreeOptions,
  GitAuth,
  GitClock,
  GitCommit,
  GitLimits,
  GitPerson,
  GitRef,
  GitRemote,
  GitRemoteOptions,
  GitSsh,
  GitTag,
  GitTls,
  GitTree,
  GitTreeEntry,
  ResolvedRef,
} from './types.ts'
export type { SignedContent } from './signed-object.ts'
export { scanHostKeys } from './ssh-host-keys.ts'
export type { HostKeyScan } from './ssh-host-keys.ts'
export { fetchSubmodules } from './submodules/fetch-submodules.ts'
export type { SubmoduleOptions } from './submodules/fetch-submodules.ts'
export { isSameServer } from './submodules/submodule-url.ts'
