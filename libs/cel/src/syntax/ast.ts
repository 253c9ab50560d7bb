// SPDX-License-Identifier: Apache-2.0
import type { Value } from '../value/values.ts'

/** Macros that walk a range or an optional with a variable. */
export type MacroName = 'all' | 'exists' | 'exists_one' | 'map' | 'filter' | 'optMap' | 'optFlatMap'

/** A literal. */
interface LiteralNode {
  readonly kind: 'literal'
  readonly at: number
  readonly value: Value
}

/** A name: a variable, or a type. `absolute` was written with a leading dot and skips the variables of macros. */
export interface IdentNode {
  readonly kind: 'ident'
  readonly at: number
  readonly name: string
  readonly absolute: boolean
}

/** `a.b`, `a.?b` (optional) or `has(a.b)` (test). */
export interface SelectNode {
  readonly kind: 'select'
  readonly at: number
  readonly operand: Node
  readonly field: string
  readonly optional: boolean
  readonly test: boolean
}

/** A call of a function, or of an operator under its internal name (`_+_`). */
export interface CallNode {
  readonly kind: 'call'
  readonly at: number
  readonly name: string
  readonly target?: Node
  readonly args: readonly Node[]
}

/** An element of a list literal; `optional` ones (`?x`) are left out when absent. */
export interface ListElement {
  readonly value: Node
  readonly optional: boolean
}

/** A list literal. */
export interface ListNode {
  readonly kind: 'list'
  readonly at: number
  readonly elements: readonly ListElement[]
}

/** An entry of a map literal. */
export interface MapEntry {
  readonly key: Node
  readonly value: Node
  readonly optional: boolean
}

/** A map literal. */
export interface MapNode {
  readonly kind: 'map'
  readonly at: number
  readonly entries: readonly MapEntry[]
}

/** A field of a message literal; `at` is the colon, `optional` ones (`?x`) are left out when absent. */
export interface MessageField {
  readonly name: string
  readonly at: number
  readonly value: Node
  readonly optional: boolean
}

/** `Type{field: value}`. */
export interface MessageNode {
  readonly kind: 'message'
  readonly at: number
  readonly name: string
  readonly fields: readonly MessageField[]
}

/** A macro over a range: `range.map(variable, where, body)`. */
export interface MacroNode {
  readonly kind: 'macro'
  readonly at: number
  readonly macro: MacroName
  readonly range: Node
  readonly variable: string
  readonly where?: Node
  readonly body: Node
}

/** A node of an expression. `at` is the offset that errors point to. */
export type Node = LiteralNode | IdentNode | SelectNode | CallNode | ListNode | MapNode | MessageNode | MacroNode
