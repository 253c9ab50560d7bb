// SPDX-License-Identifier: Apache-2.0
import type { ConditionHolder } from '../meta/object.ts'
import { readyCondition } from '../names/conditions.ts'
import type { Condition } from '../schema/condition.ts'
import { getCondition, isFalse } from './get.ts'
import { compareConditions, setCondition } from './set.ts'
import type { ConditionState } from './set.ts'

/** Which conditions Ready sums up, and how. */
export interface SummaryTable {
  /** Types that count, most important first: the first one of the group that wins gives reason and message. */
  readonly summarize: readonly string[]
  /** Those of `summarize` where True is bad. */
  readonly negativePolarity: readonly string[]
  /** Types whose False always makes Ready False, with their reason and message; most important first. */
  readonly biPolarity?: readonly string[]
}

/**
 * What Ready should say, given the other conditions; undefined when none of the table is there. Conditions that are
 * bad and True come before those that are good and False, then good and True, bad and False, and Unknown.
 */
export function summarize(obj: ConditionHolder, table: SummaryTable): ConditionState | undefined {
  const failed = table.biPolarity?.find((type) => isFalse(obj, type))
  const decisive = failed === undefined ? mostImportant(obj, table) : getCondition(obj, failed)
  if (decisive === undefined) return undefined
  const { reason, message } = decisive
  const status = failed === undefined ? impliedStatus(decisive, table) : 'False'
  return { type: readyCondition, status, reason, message }
}

/** Sets Ready to what `summarize` says; leaves it when there is nothing to sum up. */
export function setSummary(obj: ConditionHolder, table: SummaryTable, now: Date): void {
  const state = summarize(obj, table)
  if (state !== undefined) setCondition(obj, state, now)
}

function mostImportant(obj: ConditionHolder, table: SummaryTable): Condition | undefined {
  const inScope = (obj.status?.conditions ?? []).filter(({ type }) => table.summarize.includes(type))
  const [first, ...others] = inScope
  if (first === undefined) return undefined
  const top = others.reduce((best, condition) => Math.min(best, priority(condition, table)), priority(first, table))
  return inScope
    .filter((condition) => priority(condition, table) === top)
    .sort((a, b) => table.summarize.indexOf(a.type) - table.summarize.indexOf(b.type) || compareConditions(a, b))[0]
}

/** The smaller, the more it decides. */
function priority({ status, type }: Condition, { negativePolarity }: SummaryTable): number {
  if (status === 'Unknown') return 4
  const bad = negativePolarity.includes(type) ? 'True' : 'False'
  if (status === bad) return bad === 'True' ? 0 : 1
  return status === 'True' ? 2 : 3
}

function impliedStatus({ status, type }: Condition, { negativePolarity }: SummaryTable): Condition['status'] {
  if (status === 'Unknown' || !negativePolarity.includes(type)) return status
  return status === 'True' ? 'False' : 'True'
}
