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
   * The variables that exist, each an object. With it types are checked and the result must be of the type that `result` names;
   * without it only the syntax is, and any name may be bound when the expression is evaluated: so are the health checks of objects,
   * whose fields are the variables.
   */
  readonly variables?: readonly string[]
  /** What the expression must yield; a boolean by default. */
  readonly result?: 'bool' | 'string' | 'any'
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
  /** Its value as a string, by the same rules. */
  evaluateString(bindings: Readonly<Record<string, unknown>>, options?: EvaluateOptions): string
  /** Its value, by the same rules; good for nothing but being bound to a variable of another evaluation. */
  evaluate(bindings: Readonly<Record<string, unknown>>, options?: EvaluateOptions): unknown
}

/** What compiling may cost, in the units of an evaluation: regular expressions that are literals are part of it. */
const compileLimit = 2 * defaultCostLimit
const costOfCharacter = 2

/** Compiles an expression in the environment that Flux uses. Throws `InvalidExpression`, with the place of each problem. */
export function compile(expression: string, options: CompileOptions = {}): Program {
  const { node, patterns } = compileNode(expression, options)
  const run = (
    bindings: Readonly<Record<string, unknown>>,
    { costLimit = defaultCostLimit, signal, onCost }: EvaluateOptions = {},
  ): unknown => {
    const budget = new Budget(costLimit, signal)
    try {
      return evaluateNode(expression, node, { bindings, patterns, budget })
    } finally {
      onCost?.(budget.spent)
    }
  }
  const runAs = <T>(type: string, ...args: Parameters<typeof run>): T => {
    const value = run(...args)
    if (typeof value === type) return value as T
    throw new CelError('EvaluationFailed', `failed to evaluate CEL expression as ${type}: '${expression}'`)
  }
  return {
    expression,
    evaluateBoolean: (...args) => runAs<boolean>('boolean', ...args),
    evaluateString: (...args) => runAs<string>('string', ...args),
    evaluate: run,
  }
}

function compileNode(
  expression: string,
  { variables, result = 'bool', onCost }: CompileOptions,
): { node: Node; patterns: Map<Node, RE2JS> } {
  const budget = new Budget(compileLimit)
  try {
    budget.spend(Math.min(expression.length * costOfCharacter, compileLimit))
    return compileWithin(budget, expression, { variables, result })
  } finally {
    onCost?.(budget.spent)
  }
}

function compileWithin(
  budget: Budget,
  expression: string,
  { variables, result }: { variables: CompileOptions['variables']; result: NonNullable<CompileOptions['result']> },
): { node: Node; patterns: Map<Node, RE2JS> } {
  const { parsed, type } = named(`failed to parse the CEL expression '${expression}'`, () => {
    const parsed = parse(expression)
    return variables === undefined
      ? { parsed, type: undefined }
      : { parsed, type: typeOf(expression, parsed, variables) }
  })
  if (type !== undefined && result !== 'any' && type.kind !== result) {
    const message = `CEL expression output type mismatch: expected ${result}, got ${formatType(type)}`
    throw new CelError('InvalidExpression', message)
  }
  return {
    node: parsed,
    patterns: named('failed to create CEL program', () => prepare(parsed, budget, type !== undefined)),
  }
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
  const { type, problems } = check(source, node, { variables: declared, validated: true })
  if (problems.length > 0) throw source.error(problems)
  return type
}

function evaluateNode(expression: string, node: Node, frame: Parameters<typeof evaluate>[1]): unknown {
  try {
    return evaluate(node, frame, undefined)
  } catch (cause) {
    if (!(cause instanceof CelError)) throw cause
    const message = `failed to evaluate the CEL expression '${expression}': ${cause.message}`
    throw new CelError(cause.code, message, { details: cause.details })
  }
}
