// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion } from '@tidelock/api'
import type { ObjectRef } from '@tidelock/kube'

const first: readonly string[] = [
  'CustomResourceDefinition',
  'Namespace',
  'ClusterRole',
  'ClusterClass',
  'RuntimeClass',
  'PriorityClass',
  'StorageClass',
  'VolumeSnapshotClass',
  'IngressClass',
  'GatewayClass',
  'ClusterRoleBinding',
  'ResourceQuota',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'LimitRange',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
]
const last: readonly string[] = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']

const ranks: ReadonlyMap<string, number> = new Map([
  ...first.map((kind, index): [string, number] => [kind, index - first.length]),
  ...last.map((kind, index): [string, number] => [kind, index + 1]),
])

/** Where a kind stands in Flux's order: negative before, 0 among, positive after all kinds that have no place of their own. */
export function rankOf(kind: string): number {
  return ranks.get(kind) ?? 0
}

/** Flux's order: rank of the kind, then group, kind, namespace and name, each by code point. */
export function compareRefs(a: ObjectRef, b: ObjectRef): number {
  return (
    rankOf(a.kind) - rankOf(b.kind) ||
    compareText(parseApiVersion(a.apiVersion).group, parseApiVersion(b.apiVersion).group) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace ?? '', b.namespace ?? '') ||
    compareText(a.name, b.name)
  )
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
