// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf, gitRepositoryKind, kustomizationKind } from '@tidelock/api'
import type { KubeObject } from '@tidelock/api'
import { appName, appNamespace } from './app.ts'
import { hasAccount } from './workload.ts'
import type { Workload } from './workload.ts'

/** Namespace of the GitRepository and the Kustomizations. */
export const systemNamespace = 'flux-system'

/** Name of the GitRepository. */
export const repositoryName = 'monorepo'

/** Name of the ConfigMap and of the Secret that variables come from. */
export const settingsName = 'cluster-settings'

/** Name of the Secret with the key for encrypted Secrets. */
export const sopsKeyName = 'sops-age'

/** Name of the account that applies, and of its role. */
export const accountName = 'bench-apps'

/** Name of the Kustomization that those of the second shape depend on, and path of its one file. */
const baseName = 'base'

/** The one GitRepository. Its interval is long, so that only requests make it look. */
export function gitRepository(url: string): KubeObject {
  return {
    apiVersion: apiVersionOf(gitRepositoryKind),
    kind: gitRepositoryKind.kind,
    metadata: { name: repositoryName, namespace: systemNamespace },
    spec: { url, interval: '10m', ref: { branch: 'main' } },
  }
}

/**
 * One Kustomization an app, and the one that they depend on if they do. With a prefix they are further ones of the same directories,
 * whose objects have other names.
 */
export function kustomizations(workload: Workload, prefix: string = ''): KubeObject[] {
  const apps = Array.from({ length: workload.apps }, (_, index) => {
    const name = appName(index)
    return kustomization(`${prefix}${name}`, `./apps/${name}`, {
      ...commonSpec(workload),
      ...(workload.shape === 'second' ? secondSpec(workload) : {}),
      ...(prefix === '' ? {} : { namePrefix: prefix }),
    })
  })
  if (workload.shape === 'monorepo' || prefix !== '') return apps
  return [kustomization(baseName, './base', { ...commonSpec(workload), wait: true }), ...apps]
}

function commonSpec(workload: Workload): object {
  return hasAccount(workload) ? { serviceAccountName: accountName } : {}
}

function secondSpec({ sops }: Workload): object {
  return {
    wait: true,
    timeout: '5m',
    dependsOn: [{ name: baseName }],
    postBuild: { substituteFrom: ['ConfigMap', 'Secret'].map((kind) => ({ kind, name: settingsName })) },
    ...(sops ? { decryption: { provider: 'sops', secretRef: { name: sopsKeyName } } } : {}),
  }
}

function kustomization(name: string, path: string, spec: object): KubeObject {
  return {
    apiVersion: apiVersionOf(kustomizationKind),
    kind: kustomizationKind.kind,
    metadata: { name, namespace: systemNamespace },
    spec: {
      ...{ interval: '10m', path, prune: true },
      sourceRef: { kind: gitRepositoryKind.kind, name: repositoryName },
      ...spec,
    },
  }
}

/** The one file of the Kustomization that others depend on, by path. */
export const baseFiles: Readonly<Record<string, string>> = {
  'base/configmap.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${baseName}
  namespace: ${appNamespace}
data:
  key: value
`,
}
