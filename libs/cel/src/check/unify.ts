// SPDX-License-Identifier: Apache-2.0
import { generic, isSameType, simple, unwrapped } from './types.ts'
import type { Type } from './types.ts'

/** What is known about type parameters so far. */
export type Bindings = ReadonlyMap<string, Type>

function isDynamic({ kind }: Type): boolean {
  return kind === 'dyn' || kind === 'any'
}

/** Whether nothing is checked against this type. */
export function isOpen(type: Type): boolean {
  return isDynamic(type) || type.kind === 'error'
}

/** The type with all known parameters in place; with `toDyn` unknown ones become dyn. */
export function substitute(bindings: Bindings, type: Type, toDyn = false): Type {
  if (type.kind === 'param') {
    const bound = bindings.get(type.name)
    if (bound !== undefined) return substitute(bindings, bound, toDyn)
    return toDyn ? simple('dyn') : type
  }
  if (type.params.length === 0) return type
  return generic(type.kind as 'list', ...type.params.map((each) => substitute(bindings, each, toDyn)))
}

/** Whether values of the types may stand for each other pairwise: the bindings that make it so, or undefined. */
export function unify(bindings: Bindings, from: readonly Type[], to: readonly Type[]): Bindings | undefined {
  if (from.length !== to.length) return undefined
  const tried = new Map(bindings)
  return from.every((type, i) => isAssignable(tried, type, to[i] as Type)) ? tried : undefined
}

function isAssignable(bindings: Map<string, Type>, a: Type, b: Type): boolean {
  if (b.kind === 'param') {
    const { valid, bound } = bind(bindings, a, b)
    if (valid) return true
    if (bound) return false
  }
  if (a.kind === 'param') return bind(bindings, b, a).valid
  if (isOpen(a) || isOpen(b)) return true
  if (a.kind === 'null') return isNullable(b)
  if (b.kind === 'null') return isNullable(a)
  if (a.kind === 'type') return b.kind === 'type'
  if (a.kind === 'wrapper' || b.kind === 'wrapper' || a.kind === 'message') return isSameType(a, b)
  if (a.kind !== b.kind || a.params.length !== b.params.length) return false
  return a.params.every((each, i) => isAssignable(bindings, each, b.params[i] as Type))
}

function isNullable({ kind }: Type): boolean {
  return ['null', 'optional', 'duration', 'timestamp', 'message', 'wrapper'].includes(kind)
}

function bind(
  bindings: Map<string, Type>,
  type: Type,
  param: Type & { kind: 'param' },
): { valid: boolean; bound: boolean } {
  if (isSameType(type, param)) return { valid: true, bound: true }
  const bound = bindings.get(param.name)
  if (bound === undefined) {
    if (occurs(bindings, param, type)) return { valid: false, bound: false }
    bindings.set(param.name, type)
    return { valid: true, bound: false }
  }
  if (isSameType(type, bound)) return { valid: true, bound: true }
  if (!isAssignable(bindings, type, bound)) return { valid: false, bound: true }
  const wider = mostGeneral(type, bound)
  if (!occurs(bindings, param, wider)) bindings.set(param.name, wider)
  return { valid: true, bound: true }
}

function occurs(bindings: Bindings, param: Type & { kind: 'param' }, within: Type): boolean {
  if (isSameType(param, within)) return true
  if (within.kind === 'param') {
    const bound = bindings.get(within.name)
    return bound !== undefined && occurs(bindings, param, bound)
  }
  return within.params.some((each) => occurs(bindings, param, each))
}

/** The wider of two types that go together. */
export function mostGeneral(a: Type, b: Type): Type {
  return isAsGeneral(a, b) ? a : b
}

function isAsGeneral(one: Type, other: Type): boolean {
  const [a, b] = [unwrapped(one), unwrapped(other)]
  if (isDynamic(a) || a.kind === 'param') return true
  if (isDynamic(b) || b.kind === 'param' || a.kind !== b.kind) return false
  if (a.kind === 'message') return isSameType(a, b)
  return a.kind === 'type' || a.params.every((each, i) => isAsGeneral(each, b.params[i] as Type))
}
