// SPDX-License-Identifier: Apache-2.0
import { customResourceDefinitionStatus } from './rules/custom-resource-definition.ts'
import { daemonSetStatus } from './rules/daemon-set.ts'
import { deploymentStatus } from './rules/deployment.ts'
import { podStatus } from './rules/pod.ts'
import { replicaSetStatus } from './rules/replica-set.ts'
import { alwaysCurrent, persistentVolumeClaimStatus, podDisruptionBudgetStatus, serviceStatus } from './rules/simple.ts'
import { statefulSetStatus } from './rules/stateful-set.ts'
import type { Rule } from './types.ts'

/**
 * The kinds with a rule of their own, as `group/Kind` (the core group has no prefix). All other kinds go by the general
 * conditions alone. Jobs are not here: their rule replaces the general ones, see `statusOf`.
 */
export const healthCatalogue: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['ConfigMap', alwaysCurrent],
  ['PersistentVolumeClaim', persistentVolumeClaimStatus],
  ['Pod', podStatus],
  ['Secret', alwaysCurrent],
  ['Service', serviceStatus],
  ['apiextensions.k8s.io/CustomResourceDefinition', customResourceDefinitionStatus],
  ['apps/DaemonSet', daemonSetStatus],
  ['apps/Deployment', deploymentStatus],
  ['apps/ReplicaSet', replicaSetStatus],
  ['apps/StatefulSet', statefulSetStatus],
  ['batch/CronJob', alwaysCurrent],
  ['extensions/DaemonSet', daemonSetStatus],
  ['extensions/Deployment', deploymentStatus],
  ['extensions/ReplicaSet', replicaSetStatus],
  ['policy/PodDisruptionBudget', podDisruptionBudgetStatus],
])
