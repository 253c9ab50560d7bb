// SPDX-License-Identifier: Apache-2.0
import type { Condition, ConditionHolder } from '@tidelock/api'
import { getCondition } from '@tidelock/api'
import type { ConditionTable } from './condition-table.ts'

/** What Ready follows as from the other conditions. */
export type Summary = Pick<Condition, 'status' | 'reason' | 'message'>

/**
 * Sums up conditions as fluxcd/pkg runtime/conditions does: bad ones that are True come first, then good ones that are
 * False, good ones that are True, bad ones that are False, unknown ones; within the first class found, the order of the table
 * decides. A bipolar condition that is False beats all. Undefined when none of the conditions is there.
 */
export function summarize(obj: ConditionHolder, table: ConditionTable): Summary | undefined {
  for (const type of table.biPolarity ?? []) {
    const condition = getCondition(obj, type)
    if (condition?.status === 'False') return { status: 'False', reason: condition.reason, message: condition.message }
  }
  const negative = new Set(table.negativePolarity)
  let top: { readonly condition: Condition; readonly rank: number } | undefined
  for (const type of table.summarize) {
    const condition = getCondition(obj, type)
    if (condition === undefined) continue
    const rank = rankOf(condition.status, negative.has(type))
    if (top === undefined || rank < top.rank) top = { condition, rank }
  }
  if (top === undefined) return undefined
  const { reason, message } = top.condition
  return { status: statuses[top.rank] ?? 'Unknown', reason, message }
}

const statuses: readonly Condition['status'][] = ['False', 'False', 'True', 'True', 'Unknown']

function rankOf(status: Condition['status'], isNegative: boolean): number {
  switch (status) {
    case 'True':
      return isNegative ? 0 : 2
    case 'False':
      return isNegative ? 3 : 1
    case 'Unknown':
      break
  }
  return 4
}
