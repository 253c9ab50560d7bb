// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf, gitRepositoryKind, kustomizationKind } from '@tidelock/api'
import type { KubeObject } from '@tidelock/api'
import { appName } from './app.ts'

/** Namespace of the GitRepository and the Kustomizations. */
export const systemNamespace = 'flux-system'

/** Name of the GitRepository. */
export const repositoryName = 'monorepo'

/** The one GitRepository. Its interval is long, so that only requests make it look. */
export function gitRepository(url: string): KubeObject {
  return {
    apiVersion: apiVersionOf(gitRepositoryKind),
    kind: gitRepositoryKind.kind,
    metadata: { name: repositoryName, namespace: systemNamespace },
    spec: { url, interval: '10m', ref: { branch: 'main' } },
  }
}

/** One Kustomization an app. */
export function kustomizations(apps: number): KubeObject[] {
  return Array.from({ length: apps }, (_, index) => {
    const name = appName(index)
    return {
      apiVersion: apiVersionOf(kustomizationKind),
      kind: kustomizationKind.kind,
      metadata: { name, namespace: systemNamespace },
      spec: {
        interval: '10m',
        path: `./apps/${name}`,
        prune: true,
        sourceRef: { kind: gitRepositoryKind.kind, name: repositoryName },
      },
    }
  })
}
