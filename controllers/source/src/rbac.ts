// SPDX-License-Identifier: Apache-2.0

/** A rule of a ClusterRole or Role. */
interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

const kinds = ['gitrepositories', 'ocirepositories']

/** What the source controller may do anywhere; `deploy/` is generated from it. */
export const clusterRules: readonly Rule[] = [
  { apiGroups: ['source.toolkit.fluxcd.io'], resources: kinds, verbs: ['get', 'list', 'watch', 'patch', 'update'] },
  {
    apiGroups: ['source.toolkit.fluxcd.io'],
    resources: kinds.map((kind) => `${kind}/status`),
    verbs: ['get', 'patch', 'update'],
  },
  { apiGroups: ['source.toolkit.fluxcd.io'], resources: kinds.map((kind) => `${kind}/finalizers`), verbs: ['update'] },
  { apiGroups: [''], resources: ['secrets', 'serviceaccounts'], verbs: ['get'] },
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
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

/** It applies nothing for users. */
export const clusterReconciler: boolean = false
