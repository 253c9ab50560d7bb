// SPDX-License-Identifier: Apache-2.0
import type { RE2JS } from 're2js'
import { failure } from '../errors.ts'
import { conversions } from '../functions/conversions.ts'
import { compilePattern } from '../functions/matches.ts'
import type { CallNode, Node } from '../syntax/ast.ts'
import type { Budget } from './budget.ts'

/**
 * What can be done before the first evaluation, as cel-go does: regular expressions that are literals are compiled, conversions of
 * literals are tried, and messages of types that do not exist are refused. Throws CelError when one of these fails, or when all of it
 * would cost more than the budget.
 */
export function prepare(root: Node, budget: Budget): Map<Node, RE2JS> {
  const patterns = new Map<Node, RE2JS>()
  const waiting: Node[] = [root]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.kind === 'message') throw failure(`unknown type: ${node.name}`)
    if (node.kind === 'call') prepareCall(node, patterns, budget)
    waiting.push(...childrenOf(node))
  }
  return patterns
}

function prepareCall(node: CallNode, patterns: Map<Node, RE2JS>, budget: Budget): void {
  const last = node.args.at(-1)
  if (last?.kind !== 'literal') return
  if (node.name === 'matches' && typeof last.value === 'string') {
    patterns.set(
      node,
      compilePattern(last.value, (cost) => budget.spend(cost)),
    )
  }
  const convert = node.target === undefined && node.args.length === 1 ? conversions.get(node.name) : undefined
  convert?.(last.value, budget)
}

function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'literal':
    case 'ident':
      return []
    case 'select':
      return [node.operand]
    case 'call':
      return node.target === undefined ? node.args : [node.target, ...node.args]
    case 'list':
      return node.elements.map(({ value }) => value)
    case 'map':
      return node.entries.flatMap(({ key, value }) => [key, value])
    case 'message':
      return node.values
    case 'macro':
      return node.where === undefined ? [node.range, node.body] : [node.range, node.where, node.body]
  }
}
