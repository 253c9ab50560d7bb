// SPDX-License-Identifier: Apache-2.0
export { KWOK_NODE_ANNOTATION, NODE_NAME } from './arguments.ts'
export { ensureBinaries } from './binaries.ts'
export { LocalClusterError, type LocalClusterErrorCode } from './errors.ts'
export { type GitOptions, runGit } from './git/git-program.ts'
export {
  type GitAnswer,
  type GitRequest,
  type GitServer,
  type GitServerAuth,
  type GitServerHooks,
  type GitServerOptions,
  type GitServerTls,
  startGitServer,
} from './git/git-server.ts'
export {
  commitFiles,
  type CommitOptions,
  createRepository,
  type CreateRepositoryOptions,
  type FileChange,
  type Repository,
} from './git/repository.ts'
export { ensureGoCommand, type GoModule } from './go-build.ts'
export { formatKubeconfig, type KubeconfigContent, type KubeconfigUser, writeKubeconfig } from './kubeconfig.ts'
export { POD_BEHAVIOUR_ANNOTATION } from './kwok.ts'
export { findLockHolder, type Lock, type LockHolder, type LockOptions, tryLock } from './lock.ts'
export { NATS_ADMIN } from './nats.ts'
export { findFreePort, isPortFree } from './ports.ts'
export { startLocalCluster } from './start.ts'
export {
  type Binaries,
  type Binary,
  type BinaryOptions,
  type ComponentChoice,
  type ComponentName,
  COMPONENTS,
  type LocalCluster,
  type LocalClusterOptions,
  type NatsUser,
} from './types.ts'
