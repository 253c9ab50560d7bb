// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import type { KubeObject } from '@tidelock/api'
import { appNamespace } from './app.ts'
import { accountName, settingsName, sopsKeyName, systemNamespace } from './objects.ts'
import { hasAccount } from './workload.ts'
import type { Workload } from './workload.ts'

const testdata = new URL('../../testdata/', import.meta.url)

/** The text of an app's Secret as SOPS encrypted it. */
export async function encryptedSecret(name: string): Promise<string> {
  const text = await readFile(new URL('secret.yaml', testdata), 'utf8')
  return text.replace('name: APP', `name: ${name}`)
}

/** What has to be in the cluster before the Kustomizations: variables, the key, the account and its rights. */
export async function supportObjects(workload: Workload): Promise<readonly KubeObject[]> {
  const key = workload.sops ? await readFile(new URL('age.agekey', testdata), 'utf8') : undefined
  return [
    ...(hasAccount(workload) ? accountObjects() : []),
    ...(workload.shape === 'second' ? variableObjects() : []),
    ...(key === undefined ? [] : [secret(sopsKeyName, { 'age.agekey': key })]),
  ]
}

function secret(name: string, stringData: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: systemNamespace }, stringData }
}

function variableObjects(): KubeObject[] {
  const metadata = { name: settingsName, namespace: systemNamespace }
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { CLUSTER_NAME: 'bench', REGION: 'local' } },
    secret(settingsName, { TIER: 'gold' }),
  ]
}

// no aggregated role: on a bare API server nothing aggregates
function accountObjects(): KubeObject[] {
  const [rbac, name] = ['rbac.authorization.k8s.io', accountName]
  const kinds = [
    ['', ['configmaps', 'pods', 'secrets', 'serviceaccounts', 'services']],
    ['apps', ['deployments', 'replicasets']],
    ['networking.k8s.io', ['ingresses']],
  ] as const
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: systemNamespace } },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name, namespace: appNamespace },
      rules: kinds.map(([group, resources]) => ({ apiGroups: [group], resources, verbs: ['*'] })),
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name, namespace: appNamespace },
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: systemNamespace }],
    },
  ]
}
