// SPDX-License-Identifier: Apache-2.0
import type { RE2JS } from 're2js'
import { failure, noSuchOverload } from '../errors.ts'
import { functions } from '../functions/functions.ts'
import { compilePattern } from '../functions/matches.ts'
import { messages, nullValueName } from '../messages/descriptors.ts'
import type { CallNode, IdentNode, Node } from '../syntax/ast.ts'
import { childrenOf } from '../syntax/children.ts'
import { typeNames } from '../value/type-of.ts'
import { EntryMap, TypeValue } from '../value/values.ts'
import type { Value } from '../value/values.ts'
import type { Budget } from './budget.ts'

/**
 * What can be done before the first evaluation, as cel-go does: regular expressions that are constants are compiled, conversions of
 * constants are tried, and messages of types that do not exist are refused; in a checked expression also the names of types whose
 * values have another type, such as `google.protobuf.Int32Value`. Throws CelError when one of these fails, or when all of it would cost
 * more than the budget.
 */
export function prepare(root: Node, budget: Budget, checked: boolean): Map<Node, RE2JS> {
  const patterns = new Map<Node, RE2JS>()
  prepareNode(root, { patterns, budget, checked })
  return patterns
}

interface Preparation {
  readonly patterns: Map<Node, RE2JS>
  readonly budget: Budget
  readonly checked: boolean
}

// the value of a constant, undefined for what is none
function prepareNode(node: Node, preparation: Preparation): Value | undefined {
  preparation.budget.spend(1)
  if (node.kind === 'literal') return node.value
  if (node.kind === 'ident') return prepareIdent(node, preparation)
  if (node.kind === 'message' && !messages.has(node.name)) throw failure(`unknown type: ${node.name}`)
  const values = childrenOf(node).map((child) => prepareNode(child, preparation))
  if (node.kind === 'call') return prepareCall(node, values, preparation)
  if (!values.every((value) => value !== undefined)) return undefined
  if (node.kind === 'list') return node.elements.some(({ optional }) => optional) ? undefined : values
  return node.kind === 'map' && !node.entries.some(({ optional }) => optional) ? toMap(values) : undefined
}

function toMap(values: readonly Value[]): EntryMap | undefined {
  const map = new EntryMap()
  for (let i = 0; i < values.length; i += 2) {
    if (!map.set(values[i] as Value, values[i + 1] as Value)) return undefined
  }
  return map
}

function prepareIdent({ name }: IdentNode, { checked }: Preparation): Value | undefined {
  if (!checked || !name.includes('.')) return undefined
  if (name === nullValueName) return 0n
  if (typeNames.has(name)) return new TypeValue(name)
  if (messages.has(name)) throw failure(`reference to undefined type: ${name}`)
  return undefined
}

const conversionNames = new Set('bool bytes double duration dyn int string timestamp type uint'.split(' '))

function prepareCall(
  node: CallNode,
  values: readonly (Value | undefined)[],
  { patterns, budget }: Preparation,
): Value | undefined {
  const last = values.at(-1)
  if (node.name === 'matches' && typeof last === 'string') {
    patterns.set(
      node,
      compilePattern(last, (cost) => budget.spend(cost)),
    )
  }
  if (last === undefined || values.length !== 1 || node.target !== undefined) return undefined
  if (!conversionNames.has(node.name)) return undefined
  const converted = functions.get(node.name)?.([last], budget)
  if (converted === undefined) throw noSuchOverload(node.name)
  return converted
}
