// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import type { ControllerDefinition } from './controllers.ts'

const rbac = 'rbac.authorization.k8s.io'
const apiVersion = `${rbac}/v1`

/**
 * The account of a controller and its rights: what its rules name and, for one that applies what users ask for, cluster-admin, as
 * Flux's `cluster-reconciler` binding gives. `deploy/` is generated from the same objects.
 */
export function accessObjects(controller: ControllerDefinition, namespace: string): KubeObject[] {
  const { fullName: name } = controller
  const labels = { 'app.kubernetes.io/part-of': 'tidelock', 'app.kubernetes.io/component': name }
  const subjects = [{ kind: 'ServiceAccount', name, namespace }]
  const clusterName = `tidelock-${name}`
  const bind = (role: string): object => ({ apiGroup: rbac, kind: 'ClusterRole', name: role })
  const objects: KubeObject[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels } },
    { apiVersion, kind: 'ClusterRole', metadata: { name: clusterName, labels }, rules: controller.clusterRules },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name: clusterName, labels },
      roleRef: bind(clusterName),
      subjects,
    },
    { apiVersion, kind: 'Role', metadata: { name, namespace, labels }, rules: controller.namespaceRules },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name, namespace, labels },
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects,
    },
  ]
  if (!controller.clusterReconciler) return objects
  const reconciler = `tidelock-cluster-reconciler-${name}`
  return [
    ...objects,
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name: reconciler, labels },
      roleRef: bind('cluster-admin'),
      subjects,
    },
  ]
}
