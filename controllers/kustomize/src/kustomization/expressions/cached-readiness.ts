// SPDX-License-Identifier: Apache-2.0
import { isReady } from '@tidelock/api'
import type { Kustomization, KustomizationDependency } from '@tidelock/api'
import { CelError } from '@tidelock/cel'
import type { ReadyExpressions } from './ready-expressions.ts'

/** Triggers look at many expressions at each change: one that costs more is left to the retry of whoever waits by it. */
const costLimit = 20_000

/** Whether a dependency is ready for a dependent, as far as cached objects tell. */
export type CachedReadiness = (
  self: Kustomization,
  entry: KustomizationDependency,
  dependency: Kustomization,
) => boolean

/** Readiness by the entry's expression, where it has one, else as built in. An expression that fails says no. */
export function createCachedReadiness(
  expressions: ReadyExpressions,
  { additiveReadyExpr }: { readonly additiveReadyExpr: boolean },
): CachedReadiness {
  return (self, { readyExpr = '' }, dependency) => {
    const builtIn = isReady(dependency) && isCurrent(dependency)
    if (readyExpr === '') return builtIn
    if (additiveReadyExpr && !builtIn) return false
    try {
      return expressions.holds(readyExpr, self, dependency, costLimit)
    } catch (error) {
      if (error instanceof CelError) return false
      throw error
    }
  }
}

/** Whether the object's status is about its newest generation. */
export function isCurrent(obj: Kustomization): boolean {
  return obj.status?.observedGeneration === obj.metadata.generation
}
