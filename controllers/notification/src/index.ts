// SPDX-License-Identifier: Apache-2.0
export { clusterReconciler, clusterRules, namespaceRules } from './rbac.ts'
export { runNotificationController } from './run.ts'
export { setupNotification } from './setup.ts'
