// SPDX-License-Identifier: Apache-2.0

/** A rule of a ClusterRole or Role. */
interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

const sources = ['gitrepositories', 'ocirepositories', 'buckets', 'externalartifacts']

/**
 * What the kustomize controller itself needs anywhere, beside the right to apply (Flux's cluster-reconciler binding). `deploy/` is
 * generated from it.
 */
export const clusterRules: readonly Rule[] = [
  {
    apiGroups: ['kustomize.toolkit.fluxcd.io'],
    resources: ['kustomizations'],
    verbs: ['get', 'list', 'watch', 'patch', 'update'],
  },
  {
    apiGroups: ['kustomize.toolkit.fluxcd.io'],
    resources: ['kustomizations/status'],
    verbs: ['get', 'patch', 'update'],
  },
  { apiGroups: ['kustomize.toolkit.fluxcd.io'], resources: ['kustomizations/finalizers'], verbs: ['update'] },
  { apiGroups: ['source.toolkit.fluxcd.io'], resources: sources, verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
  // to tell a missing account from one without rights
  { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['get'] },
  // the tokens of accounts, for clouds and clusters that trust them
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
  // what else decides about objects: their definitions and the webhooks that see them
  { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: ['get', 'list', 'watch'] },
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    verbs: ['get', 'list', 'watch'],
  },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
]

/** What it may do in its own namespace: its Lease. */
export const namespaceRules: readonly Rule[] = [
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch'],
  },
]

/** It applies what users ask for: bound to cluster-admin, as Flux's `cluster-reconciler` binding does. */
export const clusterReconciler: boolean = true

/**
 * In place of cluster-admin on a cluster of many tenants: acting as the accounts of Kustomizations, and watching what was applied. RBAC
 * knows no right to metadata alone, so list and watch are on whole objects; the controller asks for metadata only. Without the second rule
 * everything works, but hand edits are found at the interval.
 */
export const lockDownRules: readonly Rule[] = [
  { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] },
  { apiGroups: ['*'], resources: ['*'], verbs: ['list', 'watch'] },
]
