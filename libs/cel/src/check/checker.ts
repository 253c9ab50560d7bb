// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '../errors.ts'
import type { CallNode, IdentNode, ListNode, MacroNode, MapNode, MessageNode, Node, SelectNode } from '../syntax/ast.ts'
import type { Source } from '../syntax/source.ts'
import { fieldOf, messages, nullValueName, typeOfField } from '../messages/descriptors.ts'
import { typeName, typeNames } from '../value/type-of.ts'
import { declarations } from './declarations.ts'
import { formatType, generic, isSameType, param, parseType, simple } from './types.ts'
import type { Type } from './types.ts'
import { isOpen, mostGeneral, substitute, unify } from './unify.ts'
import type { Bindings } from './unify.ts'
import { validate } from './validate.ts'

/** What an expression is checked against. */
export interface CheckOptions {
  /** The variables that exist, by name. */
  readonly variables: Readonly<Record<string, Type>>
  /** Also ask what Flux asks of literals, see `validate`. */
  readonly validated: boolean
}

/** The type of an expression, and all that is wrong with it. */
export interface Checked {
  readonly type: Type
  readonly problems: readonly Problem[]
}

/** Checks an expression by the rules of cel-go's checker. Never throws for what is in the expression. */
export function check(source: Source, node: Node, options: CheckOptions): Checked {
  return new Checker(source, options).run(node, options.validated)
}

const nullTypes: Readonly<Record<string, string>> = {
  null_type: 'null',
  'google.protobuf.Timestamp': 'timestamp',
  'google.protobuf.Duration': 'duration',
}

class Checker {
  readonly #source: Source
  readonly #variables: Readonly<Record<string, Type>>
  readonly #problems: Problem[] = []
  #bindings: Bindings = new Map()
  #scopes: readonly (readonly [string, Type])[] = []
  readonly #types = new Map<Node, Type>()
  #fresh = 0

  constructor(source: Source, { variables }: CheckOptions) {
    this.#source = source
    this.#variables = variables
  }

  run(node: Node, validated: boolean): Checked {
    const type = this.#check(node)
    if (validated && this.#problems.length === 0) this.#validate(node)
    return {
      type: substitute(this.#bindings, type, true),
      problems: this.#problems.sort((a, b) => a.line - b.line || a.column - b.column),
    }
  }

  #validate(root: Node): void {
    const typeOf = (node: Node) => substitute(this.#bindings, this.#types.get(node) ?? simple('dyn'), true)
    validate(root, typeOf, (at, message) => this.#report(at, message))
  }

  #report(at: number, message: string): Type {
    this.#problems.push(this.#source.problem(at, message))
    return simple('error')
  }

  #newParam(): Type {
    return param(`_var${this.#fresh++}`)
  }

  #unify(from: readonly Type[], to: readonly Type[]): boolean {
    const bindings = unify(this.#bindings, from, to)
    if (bindings !== undefined) this.#bindings = bindings
    return bindings !== undefined
  }

  #check(node: Node): Type {
    const type = this.#typeOf(node)
    this.#types.set(node, type)
    return type
  }

  #typeOf(node: Node): Type {
    switch (node.kind) {
      case 'literal':
        return literalType(typeName(node.value))
      case 'ident':
        return this.#checkIdent(node)
      case 'select':
        return this.#checkSelect(node)
      case 'call':
        return this.#checkCall(node)
      case 'list':
        return this.#checkList(node)
      case 'map':
        return this.#checkMap(node)
      case 'message':
        return this.#checkMessage(node)
      case 'macro':
        return this.#checkMacro(node)
    }
  }

  // the bindings are read after the check: it may add to them
  #known(node: Node): Type {
    const type = this.#check(node)
    return substitute(this.#bindings, type)
  }

  #checkIdent({ name, at, absolute }: IdentNode): Type {
    const scoped = absolute ? undefined : this.#scopes.findLast(([variable]) => variable === name)
    if (scoped !== undefined) return scoped[1]
    const declared = Object.hasOwn(this.#variables, name) ? this.#variables[name] : undefined
    if (declared !== undefined) return declared
    if (name === nullValueName) return simple('int')
    if (typeNames.has(name) || messages.has(name)) return generic('type', namedType(name))
    return this.#undeclared(at, name)
  }

  #undeclared(at: number, name: string): Type {
    return this.#report(at, `undeclared reference to '${name}' (in container '')`)
  }

  #checkSelect({ operand, field, optional, test, at }: SelectNode): Type {
    const type = this.#known(operand)
    const unwrapped = type.kind === 'optional' ? (type.params[0] as Type) : type
    const selected = this.#selected(unwrapped, field, at)
    if (test) return simple('bool')
    return optional || type.kind === 'optional' ? generic('optional', selected) : selected
  }

  #selected(type: Type, field: string, at: number): Type {
    if (type.kind === 'message') return this.#fieldType(type.name, field, at)
    if (type.kind === 'map') return substitute(this.#bindings, type.params[1] as Type)
    if (type.kind === 'param') this.#unify([simple('dyn')], [type])
    else if (!isOpen(type)) this.#report(at, `type '${formatType(type)}' does not support field selection`)
    return simple('dyn')
  }

  #checkCall(call: CallNode): Type {
    const { name, target, args, at } = call
    const types = args.map((each) => this.#check(each))
    const overloads = declarations.get(name)
    if (target === undefined) {
      if (overloads === undefined) return this.#undeclared(at, name)
      return this.#resolve(call, false, types)
    }
    const receiver = this.#check(target)
    if (overloads === undefined) return this.#undeclared(at, name)
    return this.#resolve(call, true, [receiver, ...types])
  }

  #resolve({ name, at, args }: CallNode, member: boolean, types: readonly Type[]): Type {
    if (name === '_&&_' || name === '_||_') return this.#checkLogical(args, types)
    let result: Type | undefined
    for (const overload of declarations.get(name) ?? []) {
      if (overload.member !== member) continue
      const own = this.#instantiate([overload.result, ...overload.params])
      if (!this.#unify(types, own.slice(1))) continue
      const found = substitute(this.#bindings, own[0] as Type)
      if (result === undefined) result = found
      else if (result.kind !== 'dyn' && !isSameType(found, result)) result = simple('dyn')
    }
    if (result !== undefined) return result
    const shown = types.map((type) => formatType(substitute(this.#bindings, type, true)))
    const signature = member ? `${shown[0]}.(${shown.slice(1).join(', ')})` : `(${shown.join(', ')})`
    return this.#report(at, `found no matching overload for '${name}' applied to '${signature}'`)
  }

  #checkLogical(args: readonly Node[], types: readonly Type[]): Type {
    let valid = true
    types.forEach((type, i) => {
      if (this.#unify([type], [simple('bool')])) return
      valid = false
      this.#mismatch((args[i] as Node).at, simple('bool'), type)
    })
    return simple(valid ? 'bool' : 'error')
  }

  #mismatch(at: number, expected: Type, found: Type): Type {
    return this.#report(at, `expected type '${formatType(expected)}' but found '${formatType(found)}'`)
  }

  #instantiate(types: readonly Type[]): Type[] {
    const fresh = new Map<string, Type>()
    const rename = (type: Type): Type => {
      if (type.kind !== 'param') {
        return type.params.length === 0 ? type : generic(type.kind as 'list', ...type.params.map(rename))
      }
      const known = fresh.get(type.name) ?? this.#newParam()
      fresh.set(type.name, known)
      return known
    }
    return types.map(rename)
  }

  #join(previous: Type | undefined, current: Type): Type {
    if (previous === undefined) return current
    if (this.#unify([previous], [current])) return mostGeneral(previous, current)
    return simple('dyn')
  }

  #element(node: Node, optional: boolean): Type {
    const type = this.#check(node)
    if (!optional) return type
    if (type.kind === 'optional') return type.params[0] as Type
    if (type.kind !== 'dyn' && type.kind !== 'any') this.#mismatch(node.at, generic('optional', type), type)
    return type
  }

  #checkList({ elements }: ListNode): Type {
    let joined: Type | undefined
    for (const { value, optional } of elements) joined = this.#join(joined, this.#element(value, optional))
    return generic('list', joined ?? this.#newParam())
  }

  #checkMap({ entries }: MapNode): Type {
    let keys: Type | undefined
    let values: Type | undefined
    for (const { key, value, optional } of entries) {
      keys = this.#join(keys, this.#check(key))
      values = this.#join(values, this.#element(value, optional))
    }
    return generic('map', keys ?? this.#newParam(), values ?? this.#newParam())
  }

  #fieldType(message: string, field: string, at: number): Type {
    const known = messages.get(message)
    if (known === undefined) return this.#report(at, `unexpected failed resolution of '${message}'`)
    const found = fieldOf(known, field)
    return found === undefined ? this.#report(at, `undefined field '${field}'`) : parseType(typeOfField(found))
  }

  #checkMessage({ name, at, fields }: MessageNode): Type {
    const [type, known] = this.#messageType(name, at)
    for (const { name: field, at: colon, value, optional } of known ? fields : []) {
      const given = this.#element(value, optional)
      const wanted = this.#fieldType(name, field, colon)
      if (this.#unify([wanted], [given])) continue
      const shown = [wanted, given].map((each) => formatType(substitute(this.#bindings, each)))
      this.#report(colon, `expected type of field '${field}' is '${shown[0]}' but provided type is '${shown[1]}'`)
    }
    return type
  }

  // whether the name is declared at all comes second: the fields of what is not are not looked at
  #messageType(name: string, at: number): [type: Type, known: boolean] {
    const message = messages.get(name)
    if (message !== undefined) return [parseType(message.type), true]
    const variable = this.#scopes.findLast(([each]) => each === name)?.[1] ?? this.#variables[name]
    if (variable !== undefined) return [this.#report(at, `'${variable.kind}' is not a type`), true]
    if (name === 'null_type') return [simple('null'), true]
    if (typeNames.has(name)) return [this.#report(at, `'${name}' is not a message type`), true]
    return [this.#undeclared(at, name), false]
  }

  #checkMacro(macro: MacroNode): Type {
    const range = this.#known(macro.range)
    if (macro.macro === 'optMap' || macro.macro === 'optFlatMap') return this.#checkOptional(macro, range)
    const variable = this.#rangeElement(macro.range.at, range)
    const outer = this.#scopes
    this.#scopes = [...outer, [macro.variable, variable]]
    if (macro.where !== undefined) this.#requireBool(macro.where)
    const body = this.#check(macro.body)
    this.#scopes = outer
    if (macro.macro === 'map') return generic('list', substitute(this.#bindings, body))
    this.#requireBoolType(macro.body.at, body)
    return macro.macro === 'filter' ? generic('list', substitute(this.#bindings, variable)) : simple('bool')
  }

  #rangeElement(at: number, range: Type): Type {
    if (range.kind === 'list' || range.kind === 'map') return range.params[0] as Type
    if (range.kind !== 'any' && (isOpen(range) || range.kind === 'param')) {
      this.#unify([simple('dyn')], [range])
      return simple('dyn')
    }
    const wanted = '(must be list, map, or dynamic)'
    return this.#report(at, `expression of type '${formatType(range)}' cannot be range of a comprehension ${wanted}`)
  }

  #checkOptional({ macro, range, variable, body, at }: MacroNode, type: Type): Type {
    void range
    const inner = this.#newParam()
    if (!this.#unify([type], [generic('optional', inner)])) {
      const shown = formatType(substitute(this.#bindings, type, true))
      return this.#report(at, `found no matching overload for 'hasValue' applied to '${shown}.()'`)
    }
    const outer = this.#scopes
    this.#scopes = [...outer, [variable, substitute(this.#bindings, inner)]]
    const result = this.#known(body)
    this.#scopes = outer
    if (macro === 'optMap') return generic('optional', result)
    const optional = generic('optional', this.#newParam())
    if (!this.#unify([result], [optional])) {
      const shown = formatType(substitute(this.#bindings, result, true))
      return this.#report(
        at,
        `found no matching overload for '_?_:_' applied to '(bool, ${shown}, optional_type(dyn))'`,
      )
    }
    return substitute(this.#bindings, optional)
  }

  #requireBool(node: Node): void {
    this.#requireBoolType(node.at, this.#check(node))
  }

  #requireBoolType(at: number, type: Type): void {
    if (!this.#unify([type], [simple('bool')]))
      this.#mismatch(at, simple('bool'), substitute(this.#bindings, type, true))
  }
}

function literalType(name: string): Type {
  return parseType(nullTypes[name] ?? name)
}

function namedType(name: string): Type {
  if (name === 'type') return generic('type')
  if (name === 'list') return generic('list', simple('dyn'))
  if (name === 'map') return generic('map', simple('dyn'), simple('dyn'))
  if (name === 'optional_type') return generic('optional', simple('dyn'))
  return parseType(messages.get(name)?.type ?? nullTypes[name] ?? name)
}
