// SPDX-License-Identifier: Apache-2.0

/** Types without parameters, as declarations write them. */
export type SimpleKind =
  | 'any'
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'null'
  | 'string'
  | 'timestamp'
  | 'uint'

/** Types with parameters; a wrapper is a number, text, bytes or bool that may be null. */
export type GenericKind = 'list' | 'optional' | 'type' | 'map' | 'wrapper'

/** A type of an expression while it is checked. */
export type Type =
  | { readonly kind: SimpleKind; readonly params: readonly [] }
  | { readonly kind: GenericKind; readonly params: readonly Type[] }
  | { readonly kind: 'message'; readonly name: string; readonly params: readonly [] }
  | { readonly kind: 'param'; readonly name: string; readonly params: readonly [] }

/** The type of that name. */
export function simple(kind: SimpleKind): Type {
  return { kind, params: [] }
}

/** `list(T)`, `optional(T)`, `type(T)`, `wrapper(T)` or `map(K, V)`. */
export function generic(kind: GenericKind, ...params: Type[]): Type {
  return { kind, params }
}

/** A type that is not known yet. */
export function param(name: string): Type {
  return { kind: 'param', name, params: [] }
}

const shownNames: Readonly<Record<string, string>> = { error: '!error!', optional: 'optional_type' }

/** The type as error messages and cel-go show it: `map(string, dyn)`. */
export function formatType(type: Type): string {
  if (type.kind === 'param' || type.kind === 'message') return type.name
  const name = shownNames[type.kind] ?? type.kind
  return type.params.length === 0 ? name : `${name}(${type.params.map(formatType).join(', ')})`
}

/** The type itself, without the null that a wrapper adds. */
export function unwrapped(type: Type): Type {
  return type.kind === 'wrapper' ? (type.params[0] ?? type) : type
}

/** Whether two types are the same, parameters included. A wrapper is the same as what it wraps. */
export function isSameType(one: Type, other: Type): boolean {
  const [a, b] = [unwrapped(one), unwrapped(other)]
  if (a.kind !== b.kind || a.params.length !== b.params.length) return false
  if (a.kind === 'param' || a.kind === 'message') return a.name === (b as typeof a).name
  return a.params.every((each, i) => isSameType(each, b.params[i] as Type))
}

const simpleKinds: ReadonlySet<string> = new Set<SimpleKind>([
  'any',
  'bool',
  'bytes',
  'double',
  'duration',
  'dyn',
  'int',
  'null',
  'string',
  'timestamp',
  'uint',
])

/** Reads a type as declarations write it; a single capital letter is a parameter, a dotted name a message. Throws a TypeError for anything else. */
export function parseType(text: string): Type {
  const match = /^(list|optional|type|map|wrapper)\((.*)\)$/.exec(text)
  if (match !== null) {
    const kind = match[1] as GenericKind
    return { kind, params: splitTopLevel(match[2] ?? '').map(parseType) }
  }
  if (/^[A-Z]$/.test(text)) return param(text)
  if (simpleKinds.has(text)) return simple(text as SimpleKind)
  if (text.includes('.')) return { kind: 'message', name: text, params: [] }
  throw new TypeError(`unknown type '${text}'`)
}

/** Splits at the commas that are in no parentheses. */
export function splitTopLevel(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let i = 0; i <= text.length; i++) {
    const character = text[i]
    if (character === '(') depth++
    else if (character === ')') depth--
    if (i < text.length && (character !== ',' || depth > 0)) continue
    const part = text.slice(from, i).trim()
    if (part !== '') parts.push(part)
    from = i + 1
  }
  return parts
}
