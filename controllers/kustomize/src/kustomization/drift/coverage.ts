// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion, removeCondition, setCondition } from '@tidelock/api'
import type { KindCoverage } from '@tidelock/ssa'
import { unwatchedCondition } from '../annotations.ts'
import type { TargetedRun } from '../dependencies.ts'

/** Says in a condition of which kinds hand edits are found at the interval only, because their watch is refused; removes it otherwise. */
export function markCoverage({ obj, key, deps, target }: TargetedRun): void {
  const refused = target.ownership.uncovered(key).filter(({ state }) => state === 'forbidden')
  const message = describeRefused(refused)
  if (message === undefined) return removeCondition(obj, unwatchedCondition)
  const condition = { type: unwatchedCondition, status: 'True' as const, reason: 'WatchRefused', message }
  setCondition(obj, condition, new Date(deps.clock.now()))
}

/** The kinds, and the server's words about the first. Undefined without any. */
export function describeRefused(refused: readonly KindCoverage[]): string | undefined {
  const kinds = refused.map(formatKind).sort()
  const why = refused.find((each) => formatKind(each) === kinds[0])?.message
  if (why === undefined) return undefined
  return `hand edits and deletions of ${kinds.join(', ')} are found at the interval only: ${why}`
}

function formatKind({ apiVersion, kind }: KindCoverage): string {
  const { group } = parseApiVersion(apiVersion)
  return group === '' ? kind : `${kind}.${group}`
}
