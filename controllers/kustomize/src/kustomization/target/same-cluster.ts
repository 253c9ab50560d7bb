// SPDX-License-Identifier: Apache-2.0
import type { Kustomization } from '@tidelock/api'

/**
 * Whether two Kustomizations name the same cluster: both none, or the same reference. Two references may lead to one cluster; then only
 * the labels of its objects tell whose they are.
 */
export function isSameCluster(a: Kustomization, b: Kustomization): boolean {
  return referenceOf(a) === referenceOf(b)
}

function referenceOf({ spec: { kubeConfig }, metadata: { namespace } }: Kustomization): string {
  if (kubeConfig === undefined) return ''
  const { secretRef, configMapRef } = kubeConfig
  return JSON.stringify([namespace, secretRef?.name, secretRef?.key ?? '', configMapRef?.name])
}
