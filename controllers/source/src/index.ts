// SPDX-License-Identifier: Apache-2.0
export { clusterReconciler, clusterRules, namespaceRules } from './rbac.ts'
export { runSourceController } from './run.ts'
export { setupGitRepository } from './git-repository/setup.ts'
export { setupOciRepository } from './oci-repository/setup.ts'
