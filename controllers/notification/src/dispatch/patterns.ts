// SPDX-License-Identifier: Apache-2.0
import type { Alert } from '@tidelock/api'
import { compilePattern } from '@tidelock/cel'

/** The message rules of an Alert, compiled. */
export interface MessageRules {
  /** Whether a message passes. One that takes too long to judge does. */
  allows(message: string): boolean
  /** What is wrong with each expression that cannot be compiled; it counts as one that matches nothing. */
  readonly problems: readonly string[]
}

type Pattern = ReturnType<typeof compilePattern>

/** For all expressions of an Alert together, about a quarter of a second. All tenants share the thread. */
const maxCompileCost = 1_500_000
/** Characters of a message times steps of the expressions, for all of an Alert: about a second. */
const maxSteps = 10_000_000

/** Compiles the inclusion and exclusion lists; exclusion wins. An empty or absent inclusion list includes everything. */
export function messageRules({ spec }: Pick<Alert, 'spec'>): MessageRules {
  const problems: string[] = []
  let left = maxCompileCost
  const spend = (cost: number): void => {
    left -= cost
    if (left < 0) throw new Error('the expressions of the Alert are too large together')
  }
  const compiled = (expressions: readonly string[] | undefined, list: string): Pattern[] =>
    (expressions ?? []).flatMap((expression) => {
      // the first that is too much is named, and none of the thousands that may follow
      if (left < 0) return []
      try {
        return [compilePattern(expression, spend)]
      } catch {
        problems.push(
          left < 0
            ? `failed to compile ${list} regex: the expressions are too large together, from this one on: ${expression}`
            : `failed to compile ${list} regex: ${expression}`,
        )
        return []
      }
    })
  const included = compiled(spec.inclusionList, 'inclusion')
  const excluded = compiled(spec.exclusionList, 'exclusion')
  const includesAll = (spec.inclusionList ?? []).length === 0
  return { problems, allows: (message) => judge(message, { included, excluded, includesAll }) }
}

function judge(
  message: string,
  rules: {
    readonly included: readonly Pattern[]
    readonly excluded: readonly Pattern[]
    readonly includesAll: boolean
  },
): boolean {
  let left = maxSteps
  const matches = (pattern: Pattern, otherwise: boolean): boolean => {
    left -= (message.length + 1) * pattern.programSize()
    return left < 0 ? otherwise : pattern.matcher(message).find()
  }
  return (
    (rules.includesAll || rules.included.some((pattern) => matches(pattern, true))) &&
    !rules.excluded.some((pattern) => matches(pattern, false))
  )
}
