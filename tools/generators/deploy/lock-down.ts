// SPDX-License-Identifier: Apache-2.0
import { lockDownRules } from '../../../controllers/kustomize/src/rbac.ts'
import { renderYaml } from '../../../libs/api/src/generate.ts'
import { renderManifest } from '../manifest.ts'
import { systemNamespace } from './controllers.ts'

const name = 'kustomize-controller'
const refuseOtherNamespaces = '--no-cross-namespace-refs=true'
const flags = [
  refuseOtherNamespaces,
  '--no-remote-bases=true',
  '--default-service-account=default',
  // without these two a tenant would get at clouds and other clusters as the controller itself
  '--feature-gates=ObjectLevelWorkloadIdentity=true',
  '--default-kubeconfig-service-account=default',
  '--default-decryption-service-account=default',
]
const accountsForClouds = ['--default-service-account=default', '--feature-gates=ObjectLevelWorkloadIdentity=true']
/** What the other controllers are told; they have the same arguments in `deploy/` as this one. */
const flagsOfOthers: Readonly<Record<string, readonly string[]>> = {
  'source-controller': accountsForClouds,
  // else an Alert is told of, and a Receiver triggers, what is in anybody's namespace
  'notification-controller': [refuseOtherNamespaces, ...accountsForClouds],
}

const deletion = (kind: string, objectName: string): string =>
  renderYaml({
    $patch: 'delete',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name: objectName },
  })

const additions = (path: string, values: readonly unknown[]): string =>
  renderYaml(values.map((value) => ({ op: 'add', path: `${path}/-`, value })))

/**
 * A component that an overlay adds to `deploy/`: the kustomize controller no longer is cluster-admin, acts as the accounts of tenants, and
 * refuses what leads out of a namespace; the other controllers refuse it too.
 */
export function lockDownComponent(): string {
  const role = `tidelock-${name}-${systemNamespace}`
  const reconciler = `tidelock-cluster-reconciler-${name}-${systemNamespace}`
  return renderManifest([
    {
      apiVersion: 'kustomize.config.k8s.io/v1alpha1',
      kind: 'Component',
      patches: [
        {
          target: { kind: 'ClusterRoleBinding', name: reconciler },
          patch: deletion('ClusterRoleBinding', reconciler),
        },
        { target: { kind: 'ClusterRole', name: role }, patch: additions('/rules', lockDownRules) },
        ...Object.entries({ [name]: flags, ...flagsOfOthers }).map(([deployment, more]) => ({
          target: { kind: 'Deployment', name: deployment },
          patch: additions('/spec/template/spec/containers/0/args', more),
        })),
      ],
    },
  ])
}
