// SPDX-License-Identifier: Apache-2.0
import type { Alert } from '@tidelock/api'
import { compilePattern } from '@tidelock/cel'

/** The message rules of an Alert, compiled. */
export interface MessageRules {
  /** Whether a message passes. */
  allows(message: string): boolean
  /** What is wrong with each expression that cannot be compiled; it counts as one that matches nothing. */
  readonly problems: readonly string[]
}

/** Compiles the inclusion and exclusion lists; exclusion wins. An empty or absent inclusion list includes everything. */
export function messageRules({ spec }: Pick<Alert, 'spec'>): MessageRules {
  const problems: string[] = []
  const compiled = (expressions: readonly string[] | undefined, list: string) =>
    (expressions ?? []).flatMap((expression) => {
      try {
        return [compilePattern(expression, () => undefined)]
      } catch {
        problems.push(`failed to compile ${list} regex: ${expression}`)
        return []
      }
    })
  const included = compiled(spec.inclusionList, 'inclusion')
  const excluded = compiled(spec.exclusionList, 'exclusion')
  const includesAll = (spec.inclusionList ?? []).length === 0
  return {
    problems,
    allows: (message) =>
      (includesAll || included.some((pattern) => pattern.matcher(message).find())) &&
      !excluded.some((pattern) => pattern.matcher(message).find()),
  }
}
