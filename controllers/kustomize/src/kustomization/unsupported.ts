// SPDX-License-Identifier: Apache-2.0
import type { Kustomization } from '@tidelock/api'

/**
 * The first field of the spec that this version cannot honour, or undefined. Each of them changes what is applied, where, or in
 * whose name, so an object that sets one is refused as a whole rather than applied without it.
 */
export function unsupportedField({ spec }: Kustomization): string | undefined {
  if (spec.decryption !== undefined) return 'spec.decryption'
  if (spec.kubeConfig !== undefined) return 'spec.kubeConfig'
  if (spec.serviceAccountName !== undefined) return 'spec.serviceAccountName'
  if ((spec.ignore ?? []).length > 0) return 'spec.ignore'
  if ((spec.healthCheckExprs ?? []).length > 0) return 'spec.healthCheckExprs'
  const expression = spec.dependsOn?.findIndex((dependency) => dependency.readyExpr !== undefined) ?? -1
  if (expression >= 0) return `spec.dependsOn[${expression}].readyExpr`
  return undefined
}
