// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/**
 * What can go wrong here. At compile time: `InvalidExpression` (syntax, types, result). At run time: `EvaluationFailed` (a missing
 * key, an overload that does not exist), `CostExceeded` (over the budget), `Interrupted` (the signal).
 */
export type CelErrorCode = 'InvalidExpression' | 'EvaluationFailed' | 'CostExceeded' | 'Interrupted'

/** An error of this package. `details.problems` of an `InvalidExpression` lists what is wrong, each with line and column. */
export class CelError extends CodedError<CelErrorCode> {}

/** Something wrong at one place of an expression. Line and column start at 1. */
export interface Problem {
  readonly line: number
  readonly column: number
  readonly message: string
}

/** An error that an expression meets while it is evaluated; logical operators may absorb it, as CEL says. */
export function failure(message: string): CelError {
  return new CelError('EvaluationFailed', message)
}

/** No function or operator takes values of these types. */
export function noSuchOverload(name?: string): CelError {
  return failure(name === undefined ? 'no such overload' : `no such overload: ${name}`)
}
