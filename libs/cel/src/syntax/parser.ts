// SPDX-License-Identifier: Apache-2.0
import type { Value } from '../value/values.ts'
import type { ListElement, MapEntry, MessageField, Node } from './ast.ts'
import { tokenize } from './lexer.ts'
import type { Token, TokenKind } from './lexer.ts'
import { parseDouble, parseInteger, unquote } from './literals.ts'
import { expandCall } from './macros.ts'
import { resolveCall, resolveSelect } from './qualified.ts'
import { Source } from './source.ts'

const maxLength = 100_000
const maxDepth = 250
const maxNodes = 20_000

const reserved = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
)
const keywords = new Set(['true', 'false', 'null', 'in'])
const relations: Readonly<Record<string, string>> = {
  '<': '_<_',
  '<=': '_<=_',
  '>': '_>_',
  '>=': '_>=_',
  '==': '_==_',
  '!=': '_!=_',
  in: '@in',
}
const sums: Readonly<Record<string, string>> = { '+': '_+_', '-': '_-_' }
const products: Readonly<Record<string, string>> = { '*': '_*_', '/': '_/_', '%': '_%_' }

/**
 * Reads an expression by CEL's grammar with optional syntax, and expands macros. Throws `InvalidExpression`. Bounds: 100,000
 * characters and 250 levels (those of cel-go), 20,000 nodes.
 */
export function parse(text: string): Node {
  const source = new Source(text)
  if (text.length > maxLength) {
    const message = `expression code point size exceeds limit: size: ${text.length}, limit ${maxLength}`
    throw source.error([{ line: 1, column: 1, message }])
  }
  return new Parser(source).parse()
}

class Parser {
  readonly #source: Source
  readonly #tokens: readonly Token[]
  #next = 0
  #depth = 0
  #nodes = 0

  constructor(source: Source) {
    this.#source = source
    this.#tokens = tokenize(source)
  }

  parse(): Node {
    const node = this.#expression()
    if (this.#peek().kind !== 'end') throw this.#unexpected()
    return node
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token
  }

  #take(): Token {
    const token = this.#peek()
    if (token.kind !== 'end') this.#next++
    return token
  }

  #is(text: string): boolean {
    const { kind, text: found } = this.#peek()
    return found === text && (kind === 'punctuation' || (kind === 'ident' && keywords.has(text)))
  }

  #accept(text: string): Token | undefined {
    return this.#is(text) ? this.#take() : undefined
  }

  #expect(text: string): Token {
    return this.#accept(text) ?? this.#fail(this.#unexpected(text))
  }

  #expectKind(kind: TokenKind): Token {
    const token = this.#peek()
    if (token.kind !== kind || (kind === 'ident' && keywords.has(token.text))) throw this.#unexpected('an identifier')
    return this.#take()
  }

  #fail(error: Error): never {
    throw error
  }

  #error(at: number, message: string): Error {
    return this.#source.error([this.#source.problem(at, message)])
  }

  #unexpected(wanted?: string): Error {
    const { text, at } = this.#peek()
    const hint = wanted === undefined ? '' : ` expecting '${wanted}'`
    return this.#error(at, `Syntax error: mismatched input '${text}'${hint}`)
  }

  #count(node: Node): Node {
    if (++this.#nodes > maxNodes) throw this.#error(node.at, `expression has more than ${maxNodes} parts`)
    return node
  }

  #call(name: string, at: number, args: readonly Node[]): Node {
    return this.#count({ kind: 'call', name, at, args })
  }

  #deeper<T>(read: () => T): T {
    if (++this.#depth > maxDepth) {
      throw this.#error(this.#peek().at, `expression recursion limit exceeded: ${maxDepth}`)
    }
    const value = read()
    this.#depth--
    return value
  }

  #expression(): Node {
    return this.#deeper(() => {
      const condition = this.#logical('||', '_||_', () => this.#logical('&&', '_&&_', () => this.#relation()))
      const question = this.#accept('?')
      if (question === undefined) return condition
      const whenTrue = this.#logical('||', '_||_', () => this.#logical('&&', '_&&_', () => this.#relation()))
      this.#expect(':')
      return this.#call('_?_:_', question.at, [condition, whenTrue, this.#expression()])
    })
  }

  // a chain becomes a balanced tree: evaluation then needs little depth
  #logical(operator: string, name: string, operand: () => Node): Node {
    const operands = [operand()]
    const places: number[] = []
    for (let token = this.#accept(operator); token !== undefined; token = this.#accept(operator)) {
      places.push(token.at)
      operands.push(operand())
    }
    const balance = (from: number, to: number): Node => {
      if (from === to) return operands[from] as Node
      const middle = Math.trunc((from + to) / 2)
      return this.#call(name, places[middle] ?? 0, [balance(from, middle), balance(middle + 1, to)])
    }
    return balance(0, operands.length - 1)
  }

  #relation(): Node {
    return this.#chain(relations, () => this.#chain(sums, () => this.#chain(products, () => this.#unary())))
  }

  #chain(operators: Readonly<Record<string, string>>, operand: () => Node): Node {
    let left = operand()
    let length = 0
    for (;;) {
      const { text, at, kind } = this.#peek()
      const name = kind === 'punctuation' || text === 'in' ? operators[text] : undefined
      if (name === undefined || !Object.hasOwn(operators, text)) return left
      if (++length > maxDepth) throw this.#error(at, `expression recursion limit exceeded: ${maxDepth}`)
      this.#take()
      left = this.#call(name, at, [left, operand()])
    }
  }

  #unary(): Node {
    const operator = this.#accept('!') ?? this.#accept('-')
    if (operator === undefined) return this.#member(this.#primary())
    let count = 1
    while (this.#accept(operator.text) !== undefined) count++
    const negative = operator.text === '-'
    const number = ['int', 'double'].includes(this.#peek().kind)
    if (negative && count === 1 && number) return this.#member(this.#literal(true))
    const operand = this.#member(this.#primary())
    return count % 2 === 0 ? operand : this.#call(negative ? '-_' : '!_', operator.at, [operand])
  }

  #member(start: Node): Node {
    let node = start
    for (let length = 0; ; length++) {
      if (length > maxDepth) throw this.#error(this.#peek().at, `expression recursion limit exceeded: ${maxDepth}`)
      const dot = this.#accept('.')
      const bracket = dot === undefined ? this.#accept('[') : undefined
      if (dot !== undefined) node = this.#select(node, dot.at)
      else if (bracket !== undefined) node = this.#index(node, bracket.at)
      else return node
    }
  }

  #index(operand: Node, at: number): Node {
    const optional = this.#accept('?') !== undefined
    const index = this.#expression()
    this.#expect(']')
    return this.#call(optional ? '_[?_]' : '_[_]', at, [operand, index])
  }

  #select(operand: Node, at: number): Node {
    const optional = this.#accept('?') !== undefined
    const field = this.#fieldName()
    const open = optional ? undefined : this.#accept('(')
    if (open !== undefined) return this.#invoke(operand, field, open.at)
    const node: Node = { kind: 'select', at, operand, field, optional, test: false }
    return this.#count(this.#is('{') ? node : resolveSelect(node))
  }

  #fieldName(): string {
    const { kind, at } = this.#peek()
    // names in backquotes are an option of cel-go that Flux leaves off
    if (kind === 'quoted-ident') throw this.#error(at, "unsupported syntax: '`'")
    return this.#expectKind('ident').text
  }

  #invoke(target: Node | undefined, name: string, at: number): Node {
    const args = this.#list(')', () => this.#expression())
    const call = { kind: 'call', name, at, args, ...(target === undefined ? {} : { target }) } as const
    const expanded = expandCall(call, (place, message) => this.#fail(this.#error(place, message)))
    return this.#count(expanded.kind === 'call' ? resolveCall(expanded) : expanded)
  }

  // `)` of calls allows no comma at the end, lists and maps do, even alone
  #list<T>(end: string, item: () => T): T[] {
    const items: T[] = []
    if (end !== ')' && this.#tokens[this.#next + 1]?.text === end) this.#accept(',')
    while (!this.#is(end)) {
      items.push(item())
      if (this.#accept(',') === undefined) break
      if (end === ')' && this.#is(end)) throw this.#unexpected()
    }
    this.#expect(end)
    return items
  }

  #primary(): Node {
    const { text, at, kind } = this.#peek()
    if (kind === 'punctuation') {
      if (this.#accept('(')) {
        const node = this.#expression()
        this.#expect(')')
        return node
      }
      if (this.#accept('[')) return this.#listLiteral(at)
      if (this.#accept('{')) return this.#mapLiteral(at)
      if (text === '.') return this.#named(this.#take().at, true)
      throw this.#unexpected()
    }
    if (kind === 'ident' && !keywords.has(text)) return this.#named(at, false)
    return this.#literal(false)
  }

  #named(at: number, absolute: boolean): Node {
    const name = this.#expectKind('ident')
    const message = this.#messageName(name.text)
    if (message !== undefined) return this.#message(message)
    if (reserved.has(name.text)) throw this.#error(at, `reserved identifier: ${name.text}`)
    const open = this.#accept('(')
    if (open !== undefined) return this.#invoke(undefined, name.text, open.at)
    return this.#count({ kind: 'ident', at, name: name.text, absolute })
  }

  // looks ahead for `a.b.C{`
  #messageName(first: string): string | undefined {
    let name = first
    let at = this.#next
    while (this.#tokens[at]?.text === '.' && this.#tokens[at + 1]?.kind === 'ident') {
      name += `.${this.#tokens[at + 1]?.text}`
      at += 2
    }
    const opens = this.#tokens[at]
    if (opens?.kind !== 'punctuation' || opens.text !== '{') return undefined
    this.#next = at
    return name
  }

  #message(name: string): Node {
    const { at } = this.#expect('{')
    const fields = this.#list('}', (): MessageField => {
      const optional = this.#accept('?') !== undefined
      const field = this.#fieldName()
      const colon = this.#expect(':')
      return { name: field, at: colon.at, optional, value: this.#expression() }
    })
    return this.#count({ kind: 'message', at, name, fields })
  }

  #listLiteral(at: number): Node {
    const elements = this.#list(']', (): ListElement => {
      const optional = this.#accept('?') !== undefined
      return { optional, value: this.#expression() }
    })
    return this.#count({ kind: 'list', at, elements })
  }

  #mapLiteral(at: number): Node {
    const entries = this.#list('}', (): MapEntry => {
      const optional = this.#accept('?') !== undefined
      const key = this.#expression()
      this.#expect(':')
      return { optional, key, value: this.#expression() }
    })
    return this.#count({ kind: 'map', at, entries })
  }

  #literal(negative: boolean): Node {
    const token = this.#peek()
    const value = readLiteral(token, negative)
    if (value === undefined) {
      const known = ['int', 'uint', 'double', 'text'].includes(token.kind)
      throw known
        ? this.#error(token.at, token.kind === 'text' ? 'unable to unescape string' : `invalid ${token.kind} literal`)
        : this.#unexpected()
    }
    this.#take()
    return this.#count({ kind: 'literal', at: token.at, value })
  }
}

function readLiteral({ kind, text }: Token, negative: boolean): Value | undefined {
  if (kind === 'int' || kind === 'uint') return parseInteger(text, negative)
  if (kind === 'double') return parseDouble(text, negative)
  if (kind === 'text') return unquote(text)
  if (kind !== 'ident') return undefined
  return text === 'true' ? true : text === 'false' ? false : text === 'null' ? null : undefined
}
