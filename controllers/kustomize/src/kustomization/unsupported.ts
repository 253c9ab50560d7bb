// SPDX-License-Identifier: Apache-2.0
import type { Kustomization } from '@tidelock/api'

/**
 * The first field of the spec that this version cannot honour, or undefined. Each of them changes what is applied, where, or in
 * whose name, so an object that sets one is refused as a whole rather than applied without it.
 */
export function unsupportedField(obj: Kustomization): string | undefined {
  const { spec } = obj
  if ((spec.healthCheckExprs ?? []).length > 0) return 'spec.healthCheckExprs'
  const expression = spec.dependsOn?.findIndex(({ readyExpr = '' }) => readyExpr !== '') ?? -1
  if (expression >= 0) return `spec.dependsOn[${expression}].readyExpr`
  return undefined
}
