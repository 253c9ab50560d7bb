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

/** Creates a ServiceAccount that may do in its namespace what the rules say. */
export async function createTenant(
  client: KubeClient,
  namespace: string,
  name: string,
  rules: readonly TenantRule[],
): Promise<void> {
  const metadata = { name, namespace }
  // the control plane makes the account `default` by itself
  await client.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, { fieldManager: 'test', force: true })
  await client.create({ apiVersion: rbac, kind: 'Role', metadata, rules })
  await bind(client, { namespace, name }, namespace)
}

/** Gives an account the role of its name in a namespace. */
async function bind(
  client: KubeClient,
  account: { namespace: string; name: string },
  namespace: string,
): Promise<void> {
  await client.create({
    apiVersion: rbac,
    kind: 'RoleBinding',
    metadata: { name: account.name, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: account.name },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  })
}
