// SPDX-License-Identifier: Apache-2.0

/** A rule of a ClusterRole or Role. */
interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

const group = 'notification.toolkit.fluxcd.io'
// every kind that a Receiver may name, also of controllers that come later
const reconciled: readonly [group: string, resources: readonly string[]][] = [
  [
    'source.toolkit.fluxcd.io',
    ['buckets', 'externalartifacts', 'gitrepositories', 'helmcharts', 'helmrepositories', 'ocirepositories'],
  ],
  ['kustomize.toolkit.fluxcd.io', ['kustomizations']],
  ['helm.toolkit.fluxcd.io', ['helmreleases']],
  ['image.toolkit.fluxcd.io', ['imagepolicies', 'imagerepositories', 'imageupdateautomations']],
  ['source.extensions.fluxcd.io', ['artifactgenerators']],
]

/** What the notification controller may do anywhere; `deploy/` is generated from it. */
export const clusterRules: readonly Rule[] = [
  // patch: annotations that say how delivering goes
  { apiGroups: [group], resources: ['alerts', 'providers'], verbs: ['get', 'list', 'watch', 'patch'] },
  { apiGroups: [group], resources: ['receivers'], verbs: ['get', 'list', 'watch', 'patch', 'update'] },
  { apiGroups: [group], resources: ['receivers/status'], verbs: ['get', 'patch', 'update'] },
  { apiGroups: [group], resources: ['receivers/finalizers'], verbs: ['update'] },
  ...reconciled.map(([apiGroup, resources]) => ({
    apiGroups: [apiGroup],
    resources: [...resources],
    verbs: ['get', 'list', 'patch'],
  })),
  // watch: a token that changed gives its Receiver another path
  { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] },
  // the accounts that Providers name, whose tokens clouds take
  { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['get'] },
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
