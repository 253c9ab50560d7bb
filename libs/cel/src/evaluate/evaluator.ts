// SPDX-License-Identifier: Apache-2.0
import type { RE2JS } from 're2js'
import { takes } from '../check/declarations.ts'
import { CelError, failure, noSuchOverload } from '../errors.ts'
import { calculate, negate } from '../functions/arithmetic.ts'
import type { Operator } from '../functions/arithmetic.ts'
import { includes } from '../functions/collections.ts'
import { functions } from '../functions/functions.ts'
import { compilePattern, matches } from '../functions/matches.ts'
import { nullValueName } from '../messages/descriptors.ts'
import { makeMessage } from '../messages/make-message.ts'
import type { CallNode, IdentNode, ListNode, MapNode, MessageNode, Node, SelectNode } from '../syntax/ast.ts'
import { compare, isEqual } from '../value/equality.ts'
import { typeNames } from '../value/type-of.ts'
import { adopt, CelMap, EntryMap, Optional, TypeValue } from '../value/values.ts'
import type { Value } from '../value/values.ts'
import type { Budget } from './budget.ts'
import { lookUp, lookUpOrFail } from './look-up.ts'
import { evaluateMacro } from './macro.ts'

/** A variable of a macro, with those around it. */
export interface Scope {
  readonly name: string
  readonly value: Value
  readonly outer: Scope | undefined
}

/** What an evaluation works with. */
export interface Frame {
  /** The variables from outside; read lazily, see `adopt`. */
  readonly bindings: Readonly<Record<string, unknown>>
  readonly budget: Budget
  /** Regular expressions that stand in the expression as literals, by the node of the call. */
  readonly patterns: ReadonlyMap<Node, RE2JS>
}

/** The value of a node. Throws CelError: `EvaluationFailed`, which logical operators absorb, or `CostExceeded`, `Interrupted`. */
export function evaluate(node: Node, frame: Frame, scope: Scope | undefined): Value {
  frame.budget.spend(1)
  switch (node.kind) {
    case 'literal':
      return node.value
    case 'ident':
      return evaluateIdent(node, frame, scope)
    case 'select':
      return evaluateSelect(node, frame, scope)
    case 'call':
      return evaluateCall(node, frame, scope)
    case 'list':
      return evaluateList(node, frame, scope)
    case 'map':
      return evaluateMap(node, frame, scope)
    case 'message':
      return evaluateMessage(node, frame, scope)
    case 'macro':
      return evaluateMacro(node, frame, scope, evaluate)
  }
}

/** A name that stands for nothing: the selections around it complete the name in the message. */
class UnboundError extends CelError {}

function evaluateIdent({ name, absolute }: IdentNode, { bindings }: Frame, scope: Scope | undefined): Value {
  if (!absolute) {
    for (let each = scope; each !== undefined; each = each.outer) if (each.name === name) return each.value
  }
  if (Object.hasOwn(bindings, name)) return adopt(bindings[name])
  if (typeNames.has(name)) return new TypeValue(name)
  if (name === nullValueName) return 0n
  throw new UnboundError('EvaluationFailed', `no such attribute(s): ${name}`)
}

function evaluateSelect(node: SelectNode, frame: Frame, scope: Scope | undefined): Value {
  const operand = evaluateOperand(node, frame, scope)
  const { field, optional, test } = node
  if (operand instanceof Optional || optional) {
    const found = lookUp(operand instanceof Optional ? operand.value : operand, field)
    if (test) return found !== undefined
    return found === undefined ? Optional.none : new Optional(found)
  }
  return test ? lookUp(operand, field) !== undefined : lookUpOrFail(operand, field)
}

function evaluateOperand({ operand, field }: SelectNode, frame: Frame, scope: Scope | undefined): Value {
  try {
    return evaluate(operand, frame, scope)
  } catch (error) {
    if (!(error instanceof UnboundError)) throw error
    throw new UnboundError('EvaluationFailed', `${error.message}.${field}`)
  }
}

function evaluateList({ elements }: ListNode, frame: Frame, scope: Scope | undefined): Value {
  const list: Value[] = []
  for (const { value, optional } of elements) {
    const item = evaluate(value, frame, scope)
    const kept = optional ? present(item, 'list element') : item
    if (kept !== undefined) list.push(kept)
  }
  return list
}

function evaluateMap({ entries }: MapNode, frame: Frame, scope: Scope | undefined): Value {
  const map = new EntryMap()
  frame.budget.spend(5 + 5 * entries.length)
  for (const { key, value, optional } of entries) {
    const name = evaluate(key, frame, scope)
    const item = evaluate(value, frame, scope)
    const kept = optional ? present(item, 'entry') : item
    if (kept !== undefined && !map.set(name, kept)) throw failure('unsupported key type')
  }
  return map
}

function evaluateMessage({ name, fields }: MessageNode, frame: Frame, scope: Scope | undefined): Value {
  const values = new Map<string, Value>()
  for (const field of fields) {
    const value = evaluate(field.value, frame, scope)
    values.delete(field.name)
    const kept = field.optional ? present(value, `entry '${field.name}'`) : value
    if (kept !== undefined) values.set(field.name, kept)
  }
  return makeMessage(name, values, frame.budget)
}

function present(value: Value, what: string): Value | undefined {
  if (value instanceof Optional) return value.value
  throw failure(`cannot initialize optional ${what} from non-optional value`)
}

function evaluateCall(node: CallNode, frame: Frame, scope: Scope | undefined): Value {
  const { name, target } = node
  switch (name) {
    case '_&&_':
      return evaluateLogical(node, false, frame, scope)
    case '_||_':
      return evaluateLogical(node, true, frame, scope)
    case '_?_:_':
      return evaluateConditional(node, frame, scope)
    case 'or':
    case 'orValue':
      if (target !== undefined && node.args.length === 1) return evaluateOr(node, target, frame, scope)
  }
  const args = (target === undefined ? node.args : [target, ...node.args]).map((each) => evaluate(each, frame, scope))
  if (name === 'matches') return evaluateMatches(node, args, frame)
  const result = evaluateOperator(name, args, frame)
  return result === undefined ? apply(name, args, frame) : result
}

function apply(name: string, args: readonly Value[], { budget }: Frame): Value {
  const known = functions.get(name)
  if (known === undefined) throw noSuchOverload()
  const result = takes(name, args.length) ? known(args, budget) : undefined
  if (result === undefined) throw noSuchOverload(name)
  return result
}

function evaluateMatches(node: CallNode, args: readonly Value[], { budget, patterns }: Frame): boolean {
  const [text, pattern] = args
  if (typeof text !== 'string' || typeof pattern !== 'string' || args.length !== 2) throw noSuchOverload('matches')
  const prepared = patterns.get(node)
  return matches(text, prepared ?? compilePattern(pattern, (cost) => budget.spend(cost)), budget)
}

function evaluateOperator(name: string, args: readonly Value[], { budget }: Frame): Value | undefined {
  const [a, b] = args as readonly [Value, Value]
  switch (name) {
    case '_==_':
      return isEqual(a, b, budget)
    case '_!=_':
      return !isEqual(a, b, budget)
    case '_<_':
      return compare(name, a, b, budget) < 0
    case '_<=_':
      return compare(name, a, b, budget) <= 0
    case '_>_':
      return compare(name, a, b, budget) > 0
    case '_>=_':
      return compare(name, a, b, budget) >= 0
    case '_+_':
    case '_-_':
    case '_*_':
    case '_/_':
    case '_%_':
      return calculate(name satisfies Operator, a, b, budget)
    case '@in':
      return isIn(a, b, budget)
    case '_[_]':
      return index(a, b)
    case '_[?_]':
      return indexOptionally(a, b)
    case '-_':
      return negate(a)
    case '!_':
      if (typeof a !== 'boolean') throw noSuchOverload()
      return !a
    default:
      return undefined
  }
}

function isIn(value: Value, container: Value, budget: Budget): boolean {
  if (Array.isArray(container)) return includes(container, value, budget)
  if (container instanceof CelMap) return container.get(value) !== undefined
  throw noSuchOverload()
}

function index(container: Value, key: Value): Value {
  return container instanceof Optional ? indexOptionally(container, key) : lookUpOrFail(container, key)
}

function indexOptionally(container: Value, key: Value): Optional {
  const found = lookUp(container instanceof Optional ? container.value : container, key)
  return found === undefined ? Optional.none : new Optional(found)
}

/** The value, or the failure that takes its place until it is known whether it matters. */
function attempt(node: Node, frame: Frame, scope: Scope | undefined): Value | CelError {
  try {
    return evaluate(node, frame, scope)
  } catch (error) {
    if (!(error instanceof CelError) || error.code !== 'EvaluationFailed') throw error
    // an error costs many times what a value does
    frame.budget.spend(20)
    return error
  }
}

function evaluateLogical({ args }: CallNode, decisive: boolean, frame: Frame, scope: Scope | undefined): boolean {
  const left = attempt(args[0] as Node, frame, scope)
  if (left === decisive) return decisive
  const right = attempt(args[1] as Node, frame, scope)
  if (right === decisive) return decisive
  for (const side of [left, right]) if (side instanceof CelError) throw side
  if (typeof left !== 'boolean' || typeof right !== 'boolean') throw noSuchOverload()
  return !decisive
}

function evaluateConditional({ args }: CallNode, frame: Frame, scope: Scope | undefined): Value {
  const [condition, whenTrue, whenFalse] = args as readonly [Node, Node, Node]
  const decided = evaluate(condition, frame, scope)
  if (typeof decided !== 'boolean') throw noSuchOverload()
  return evaluate(decided ? whenTrue : whenFalse, frame, scope)
}

// the alternative is evaluated only when it is needed; what is no optional stands for itself, as in cel-go
function evaluateOr({ name, args }: CallNode, target: Node, frame: Frame, scope: Scope | undefined): Value {
  const first = evaluate(target, frame, scope)
  if (!(first instanceof Optional)) return first
  if (first.value === undefined) return evaluate(args[0] as Node, frame, scope)
  return name === 'or' ? first : first.value
}
