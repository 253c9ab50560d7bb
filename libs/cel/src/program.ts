// SPDX-License-Identifier: Apache-2.0
import type { RE2JS } from 're2js'
import { check } from './check/checker.ts'
import { formatType, generic, simple } from './check/types.ts'
import type { Type } from './check/types.ts'
import { CelError } from './errors.ts'
import { Budget, defaultCostLimit } from './evaluate/budget.ts'
import { evaluate } from './evaluate/evaluator.ts'
import { prepare } from './evaluate/prepare.ts'
import { parse } from './syntax/parser.ts'
import { Source } from './syntax/source.ts'
import type { Node } from './syntax/ast.ts'

/** How an expression is compiled. */
export interface CompileOptions {
  /**
   * The variables that exist, each an object. With it types are checked and the result must be a boolean; without it only the syntax
   * is, and any name may be bound when the expression is evaluated: so are the health checks of objects, whose fields are the variables.
   */
  readonly variables?: readonly string[]
  /** Called with what compiling cost, in the units of an evaluation, whether it succeeded or not. */
  readonly onCost?: (cost: number) => void
}

/** Bounds of one evaluation. */
export interface EvaluateOptions {
  /** What it may cost, see `Budget`; 500,000 by default. */
  readonly costLimit?: number
  readonly signal?: AbortSignal
  /** Called with what the evaluation has cost, whether it succeeded or not. */
  readonly onCost?: (cost: number) => void
}

/** An expression that is ready to be evaluated, any number of times. */
export interface Program {
  readonly expression: string
  /**
   * Whether it holds for these variables, given as JSON. Synchronous and bounded in time and memory. Throws CelError, also for a
   * result that is no boolean.
   */
  evaluateBoolean(bindings: Readonly<Record<string, unknown>>, options?: EvaluateOptions): boolean
}

/** What compiling may cost, in the units of an evaluation: regular expressions that are literals are part of it. */
const compileLimit = 2 * defaultCostLimit
const costOfCharacter = 2

/** Compiles an expression in the environment that Flux uses. Throws `InvalidExpression`, with the place of each problem. */
export function compile(expression: string, options: CompileOptions = {}): Program {
  const { node, patterns } = compileNode(expression, options)
  return {
    expression,
    evaluateBoolean: (bindings, { costLimit = defaultCostLimit, signal, onCost } = {}) => {
      const budget = new Budget(costLimit, signal)
      try {
        return evaluateBoolean(expression, node, { bindings, patterns, budget })
      } finally {
        onCost?.(budget.spent)
      }
    },
  }
}

function compileNode(
  expression: string,
  { variables, onCost }: CompileOptions,
): { node: Node; patterns: Map<Node, RE2JS> } {
  const budget = new Budget(compileLimit)
  try {
    budget.spend(Math.min(expression.length * costOfCharacter, compileLimit))
    return compileWithin(budget, expression, variables)
  } finally {
    onCost?.(budget.spent)
  }
}

function compileWithin(
  budget: Budget,
  expression: string,
  variables: CompileOptions['variables'],
): { node: Node; patterns: Map<Node, RE2JS> } {
  const { parsed, type } = named(`failed to parse the CEL expression '${expression}'`, () => {
    const parsed = parse(expression)
    return variables === undefined
      ? { parsed, type: undefined }
      : { parsed, type: typeOf(expression, parsed, variables) }
  })
  if (type !== undefined && type.kind !== 'bool') {
    const message = `CEL expression output type mismatch: expected bool, got ${formatType(type)}`
    throw new CelError('InvalidExpression', message)
  }
  return { node: parsed, patterns: named('failed to create CEL program', () => prepare(parsed, budget)) }
}

function named<T>(what: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (!(cause instanceof CelError)) throw cause
    throw new CelError('InvalidExpression', `${what}: ${cause.message}`, { details: cause.details })
  }
}

function typeOf(expression: string, node: Node, variables: readonly string[]): Type {
  const object = generic('map', simple('string'), simple('dyn'))
  const declared = Object.fromEntries(variables.map((name) => [name, object]))
  const source = new Source(expression)
  const { type, problems } = check(source, node, { variables: declared, homogeneous: true })
  if (problems.length > 0) throw source.error(problems)
  return type
}

function evaluateBoolean(expression: string, node: Node, frame: Parameters<typeof evaluate>[1]): boolean {
  let value: unknown
  try {
    value = evaluate(node, frame, undefined)
  } catch (cause) {
    if (!(cause instanceof CelError)) throw cause
    const message = `failed to evaluate the CEL expression '${expression}': ${cause.message}`
    throw new CelError(cause.code, message, { details: cause.details })
  }
  if (typeof value === 'boolean') return value
  throw new CelError('EvaluationFailed', `failed to evaluate CEL expression as boolean: '${expression}'`)
}
