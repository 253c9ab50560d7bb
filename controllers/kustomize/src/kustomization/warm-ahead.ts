// SPDX-License-Identifier: Apache-2.0
import { artifactOutdatedCondition, isTrue } from '@tidelock/api'
import type { Kustomization } from '@tidelock/api'
import type { KustomizeEngine } from '@tidelock/kustomize-wasm'
import type { Source } from './dependencies.ts'

/**
 * Starts the engine when a source says that it fetches a new revision: after a rest the start takes as long as the fetch does, and who
 * pushed waits for the slower of them instead of for both. One that nobody uses starts nothing.
 */
export function warmAhead(
  engine: Pick<KustomizeEngine, 'warm'>,
  now: Source,
  before: Source | undefined,
  users: readonly Kustomization[],
): void {
  // what was so when the process began is no news
  if (before === undefined || isTrue(before, artifactOutdatedCondition) || !isTrue(now, artifactOutdatedCondition))
    return
  if (users.every(({ spec }) => spec.suspend === true)) return
  // what is wrong with it the build says
  engine.warm().catch(() => undefined)
}
