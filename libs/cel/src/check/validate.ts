// SPDX-License-Identifier: Apache-2.0
import { childrenOf } from '../syntax/children.ts'
import type { ListNode, MapNode, Node } from '../syntax/ast.ts'
import { formatType, isSameType } from './types.ts'
import type { Type } from './types.ts'
import { validateFormat } from './validate-format.ts'

/** What takes a problem at an offset of the expression. */
export type Report = (at: number, message: string) => void

/**
 * What Flux's environment asks of an expression whose types are right: literals of lists and maps hold one type (but for what is
 * formatted), and literal formats fit their arguments.
 */
export function validate(root: Node, typeOf: (node: Node) => Type, report: Report): void {
  const waiting: { readonly node: Node; readonly mixed: boolean }[] = [{ node: root, mixed: false }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node } = next
    const mixed = next.mixed || (node.kind === 'call' && node.name === 'format')
    if (node.kind === 'list' && !mixed) validateList(node, typeOf, report)
    if (node.kind === 'map' && !mixed) validateMap(node, typeOf, report)
    if (node.kind === 'call' && node.name === 'format') validateFormat(node, typeOf, report)
    for (const child of childrenOf(node)) waiting.push({ node: child, mixed })
  }
}

function validateList({ elements }: ListNode, typeOf: (node: Node) => Type, report: Report): void {
  let first: Type | undefined
  for (const { value, optional } of elements) {
    const type = elementType(typeOf(value), optional)
    if (first === undefined) first = type
    else if (!isSameType(first, type)) return report(value.at, mismatch(first, type))
  }
}

function validateMap({ entries }: MapNode, typeOf: (node: Node) => Type, report: Report): void {
  const [first, ...rest] = entries
  if (first === undefined) return
  const keys = typeOf(first.key)
  const values = elementType(typeOf(first.value), first.optional)
  for (const { key, value, optional } of rest) {
    const [keyType, type] = [typeOf(key), elementType(typeOf(value), optional)]
    if (!isSameType(keys, keyType)) report(key.at, mismatch(keys, keyType))
    if (!isSameType(values, type)) report(value.at, mismatch(values, type))
  }
}

function elementType(type: Type, optional: boolean): Type {
  return optional && type.kind === 'optional' ? (type.params[0] as Type) : type
}

function mismatch(expected: Type, found: Type): string {
  return `expected type '${formatType(expected)}' but found '${formatType(found)}'`
}
