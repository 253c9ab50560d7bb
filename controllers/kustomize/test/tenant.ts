// SPDX-License-Identifier: Apache-2.0
import type { KubeClient } from '@tidelock/kube'

const rbac = 'rbac.authorization.k8s.io/v1'

/** A rule of a Role. */
export interface TenantRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** All that a tenant needs to apply ConfigMaps. */
export const configMapRules: readonly TenantRule[] = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }]

/** Creates a ServiceAccount that may do in the namespaces (by default its own) what the rules say. Again: gives it other rights there. */
export async function createTenant(
  client: KubeClient,
  namespace: string,
  name: string,
  rules: readonly TenantRule[],
  where: readonly string[] = [namespace],
): Promise<void> {
  const options = { fieldManager: 'test', force: true }
  await client.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }, options)
  for (const each of where) {
    const metadata = { name: `${name}-${namespace}`, namespace: each }
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name }
    const subjects = [{ kind: 'ServiceAccount', name, namespace }]
    await client.apply({ apiVersion: rbac, kind: 'Role', metadata, rules }, options)
    await client.apply({ apiVersion: rbac, kind: 'RoleBinding', metadata, roleRef, subjects }, options)
  }
}
