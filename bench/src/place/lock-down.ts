// SPDX-License-Identifier: Apache-2.0
import type { KubeClient } from '@tidelock/kube'
import { lockDownRules } from '@tidelock/kustomize-controller'
import { systemNamespace } from '../workload/objects.ts'

/** Takes the right to do everything from the kustomize controller, and gives it those of the profile `deploy/lock-down`. */
export async function lockDown(client: KubeClient, signal: AbortSignal): Promise<void> {
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const controller = `kustomize-controller-${systemNamespace}`
  const role = { apiVersion, kind: 'ClusterRole', name: `tidelock-${controller}` }
  const body = lockDownRules.map((value) => ({ op: 'add' as const, path: '/rules/-', value }))
  await client.patch(role, { type: 'json', body, fieldManager: 'bench', signal })
  const binding = { apiVersion, kind: 'ClusterRoleBinding', name: `tidelock-cluster-reconciler-${controller}` }
  await client.delete(binding, { signal })
}
