// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import type { ControllerDefinition } from './controllers.ts'

/** A controller's account and what it may do. */
export type ControllerAccess = Pick<
  ControllerDefinition,
  'fullName' | 'clusterRules' | 'namespaceRules' | 'clusterReconciler'
>

const rbac = 'rbac.authorization.k8s.io'
const apiVersion = `${rbac}/v1`

/** The labels of Flux's own installation, by which `flux check` and Flux's UIs find its objects. */
export function installationLabels(namespace: string): Record<string, string> {
  return { 'app.kubernetes.io/instance': namespace, 'app.kubernetes.io/part-of': 'flux' }
}

/**
 * The account of a controller and its rights: what its rules name and, for one that applies what users ask for, cluster-admin, as
 * Flux's `cluster-reconciler` binding gives. Names differ from those of Flux's roles, which also serve controllers that we have
 * not got: an installation of Flux keeps what it has. `tidelock up` applies these objects and `deploy/` is generated from them.
 */
export function accessObjects(
  controller: ControllerAccess,
  namespace: string,
  labels: Readonly<Record<string, string>> = installationLabels(namespace),
): KubeObject[] {
  const { fullName: name, clusterRules, namespaceRules, clusterReconciler } = controller
  const meta = { labels: { ...labels, 'app.kubernetes.io/component': name } }
  const subjects = [{ kind: 'ServiceAccount', name, namespace }]
  const clusterName = `tidelock-${name}-${namespace}`
  const bindCluster = (bindingName: string, role: string): KubeObject => ({
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name: bindingName, ...meta },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects,
  })
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, ...meta } },
    { apiVersion, kind: 'ClusterRole', metadata: { name: clusterName, ...meta }, rules: clusterRules },
    bindCluster(clusterName, clusterName),
    { apiVersion, kind: 'Role', metadata: { name, namespace, ...meta }, rules: namespaceRules },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name, namespace, ...meta },
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects,
    },
    ...(clusterReconciler ? [bindCluster(`tidelock-cluster-reconciler-${name}-${namespace}`, 'cluster-admin')] : []),
  ]
}
