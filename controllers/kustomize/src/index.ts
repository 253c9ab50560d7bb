// SPDX-License-Identifier: Apache-2.0
export { clusterReconciler, clusterRules, namespaceRules } from './rbac.ts'
export { runKustomizeController } from './run.ts'
export { setupKustomization } from './kustomization/setup.ts'
