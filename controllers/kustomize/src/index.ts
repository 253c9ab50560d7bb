// SPDX-License-Identifier: Apache-2.0
export { clusterReconciler, clusterRules, namespaceRules } from './rbac.ts'
export { runKustomizeController } from './run.ts'
export { setupKustomization } from './kustomization/setup.ts'
export { render } from './kustomization/render.ts'
export type { Built, RenderRequest } from './kustomization/render.ts'
export { SecretValues } from './kustomization/secret-values.ts'
export { readVariables } from './kustomization/steps/substitute.ts'
export type { VariableSources } from './kustomization/steps/substitute.ts'
