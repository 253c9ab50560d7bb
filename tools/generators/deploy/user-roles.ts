// SPDX-License-Identifier: Apache-2.0
import { systemNamespace } from './controllers.ts'

// also those of kinds that come later: Flux's roles of the same names then lose nothing when these take their place
const apiGroups = [
  'notification.toolkit.fluxcd.io',
  'source.toolkit.fluxcd.io',
  'source.extensions.fluxcd.io',
  'helm.toolkit.fluxcd.io',
  'image.toolkit.fluxcd.io',
  'kustomize.toolkit.fluxcd.io',
]

/** ClusterRoles that add our kinds to the user-facing `view`, `edit` and `admin`. */
export function userRoles(labels: Readonly<Record<string, string>>): object[] {
  const role = (name: string, into: readonly string[], verbs: readonly string[]): object => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name: `${name}-${systemNamespace}`,
      labels: {
        ...labels,
        ...Object.fromEntries(into.map((target) => [`rbac.authorization.k8s.io/aggregate-to-${target}`, 'true'])),
      },
    },
    rules: [{ apiGroups, resources: ['*'], verbs }],
  })
  return [
    role('flux-edit', ['edit', 'admin'], ['create', 'delete', 'deletecollection', 'patch', 'update']),
    role('flux-view', ['view', 'edit', 'admin'], ['get', 'list', 'watch']),
  ]
}
