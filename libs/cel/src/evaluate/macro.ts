// SPDX-License-Identifier: Apache-2.0
import { CelError, failure, noSuchOverload } from '../errors.ts'
import type { MacroNode, Node } from '../syntax/ast.ts'
import { typeName } from '../value/type-of.ts'
import { adopt, CelMap, Optional } from '../value/values.ts'
import type { Value } from '../value/values.ts'
import type { Frame, Scope } from './evaluator.ts'

type Evaluate = (node: Node, frame: Frame, scope: Scope | undefined) => Value

/** The value of a macro. Each iteration is counted. */
export function evaluateMacro(node: MacroNode, frame: Frame, scope: Scope | undefined, evaluate: Evaluate): Value {
  const range = evaluate(node.range, frame, scope)
  const run = (body: Node, value: Value) => evaluate(body, frame, { name: node.variable, value, outer: scope })
  switch (node.macro) {
    case 'all':
      return quantify(node, range, frame, run, false)
    case 'exists':
      return quantify(node, range, frame, run, true)
    case 'exists_one':
      return select(node.body, range, frame, run).length === 1
    case 'filter':
      return select(node.body, range, frame, run)
    case 'map':
      return transform(node, range, frame, run)
    case 'optMap':
    case 'optFlatMap':
      return onOptional(node, range, run)
  }
}

type Run = (body: Node, value: Value) => Value

function* items(range: Value, { budget }: Frame): Generator<Value> {
  if (!Array.isArray(range) && !(range instanceof CelMap)) {
    throw failure(`got '${typeName(range)}', expected iterable type`)
  }
  for (const item of range instanceof CelMap ? range.keys() : (range as readonly unknown[])) {
    budget.iterate()
    yield adopt(item)
  }
}

// as with the logical operators, a decisive element absorbs the failures of others
function quantify({ body }: MacroNode, range: Value, frame: Frame, run: Run, decisive: boolean): boolean {
  let first: CelError | undefined
  for (const item of items(range, frame)) {
    try {
      const value = run(body, item)
      if (value === decisive) return decisive
      if (typeof value !== 'boolean') throw noSuchOverload()
    } catch (error) {
      if (!(error instanceof CelError) || error.code !== 'EvaluationFailed') throw error
      frame.budget.spend(20)
      first ??= error
    }
  }
  if (first !== undefined) throw first
  return !decisive
}

function select(predicate: Node, range: Value, frame: Frame, run: Run): Value[] {
  const kept: Value[] = []
  for (const item of items(range, frame)) if (holds(run(predicate, item))) kept.push(item)
  return kept
}

function holds(value: Value): boolean {
  if (typeof value !== 'boolean') throw noSuchOverload()
  return value
}

function transform({ where, body }: MacroNode, range: Value, frame: Frame, run: Run): Value[] {
  const made: Value[] = []
  for (const item of items(range, frame)) {
    if (where === undefined || holds(run(where, item))) made.push(run(body, item))
  }
  return made
}

function onOptional({ macro, body }: MacroNode, optional: Value, run: Run): Value {
  if (!(optional instanceof Optional)) throw noSuchOverload('hasValue')
  if (optional.value === undefined) return Optional.none
  const result = run(body, optional.value)
  return macro === 'optMap' ? new Optional(result) : result
}
