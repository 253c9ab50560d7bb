// SPDX-License-Identifier: Apache-2.0
import { functionNames } from '../check/declarations.ts'
import { messages, nullValueName } from '../messages/descriptors.ts'
import { typeNames } from '../value/type-of.ts'
import type { CallNode, Node, SelectNode } from './ast.ts'

/** `a.b.c` of an operand that is nothing but names; undefined for others. */
function qualifiedName(node: Node): string | undefined {
  if (node.kind === 'ident') return node.name
  if (node.kind !== 'select' || node.optional || node.test) return undefined
  const prefix = qualifiedName(node.operand)
  return prefix === undefined ? undefined : `${prefix}.${node.field}`
}

/** A call of a function in a namespace (`base64.encode(x)`) is no call on a receiver named `base64`. */
export function resolveCall(call: CallNode): Node {
  if (call.target === undefined) return call
  const prefix = qualifiedName(call.target)
  if (prefix === undefined || !functionNames.has(`${prefix}.${call.name}`)) return call
  return { kind: 'call', at: call.at, name: `${prefix}.${call.name}`, args: call.args }
}

function isDeclared(name: string): boolean {
  return typeNames.has(name) || messages.has(name) || name === nullValueName
}

/** A type or constant with a dotted name is one name. */
export function resolveSelect(select: SelectNode): Node {
  const name = qualifiedName(select)
  if (name === undefined || !isDeclared(name)) return select
  return { kind: 'ident', at: select.at, name, absolute: false }
}
