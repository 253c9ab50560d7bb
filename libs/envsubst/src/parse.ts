// SPDX-License-Identifier: Apache-2.0
import type { ByteText } from './bytes.ts'
import { Cursor } from './cursor.ts'
import { SubstitutionError } from './errors.ts'
import type { CallNode, Node } from './syntax.ts'

/** How deep `${a:-${b:-…}}` may nest. */
const maxDepth = 100

/**
 * Parses a whole text into literal runs and calls. A NUL ends the text, as in Flux.
 * Throws `SubstitutionError` (`BadSyntax`, `LimitExceeded`); the message opens with Flux's words and gives line and column.
 */
export function parse(text: ByteText): readonly Node[] {
  const end = text.indexOf('\0')
  return new Parser(end === -1 ? text : text.slice(0, end)).parseText()
}

class Parser {
  readonly #cursor: Cursor
  #depth = 0
  /** Offset behind the innermost `${`, for messages. */
  #opened = 0

  constructor(text: ByteText) {
    this.#cursor = new Cursor(text)
  }

  parseText(): readonly Node[] {
    const cursor = this.#cursor
    const nodes: Node[] = []
    while (!cursor.ended) {
      if (cursor.take('${')) nodes.push(this.#parseCall())
      else nodes.push({ kind: 'text', value: this.#takeLiteral() })
    }
    return nodes
  }

  /** Takes literal text up to the next `${`; `$$` is one dollar here. */
  #takeLiteral(): ByteText {
    const cursor = this.#cursor
    let text = ''
    for (;;) {
      const dollar = cursor.source.indexOf('$', cursor.at)
      const opens = dollar !== -1 && cursor.source[dollar + 1] === '{'
      const end = dollar === -1 ? cursor.source.length : opens ? dollar : dollar + 1
      text += cursor.source.slice(cursor.at, end)
      cursor.at = end
      if (dollar === -1 || opens) return text
      cursor.take('$')
    }
  }

  #parseCall(): CallNode {
    const at = this.#cursor.at
    if (this.#depth === maxDepth) {
      throw new SubstitutionError('LimitExceeded', `substitutions nest deeper than ${maxDepth} (${this.#place(at)})`)
    }
    this.#depth += 1
    this.#opened = at
    const node = this.#cursor.peek() === '#' ? this.#parseLength(at) : this.#parseOperation(at)
    this.#depth -= 1
    return node
  }

  #parseLength(at: number): CallNode {
    this.#cursor.take('#')
    const variable = this.#cursor.takeName()
    if (variable === '') throw this.#fault('bad substitution')
    return this.#close({ kind: 'call', variable, operator: '#', args: [], at })
  }

  #parseOperation(at: number): CallNode {
    const cursor = this.#cursor
    const variable = cursor.takeName()
    if (variable === '') throw this.#fault('unable to parse variable name')
    const call = (operator: string, args: readonly Node[]): CallNode =>
      this.#close({ kind: 'call', variable, operator, args, at })
    switch (cursor.peek()) {
      case ':':
        return call(...this.#parseColon())
      case '=':
        return call(cursor.takeAll('=', 1), this.#parseDefault())
      case ',':
      case '^':
        return call(cursor.takeAll(',^', 2), [])
      case '/':
        return call(...this.#parseReplace())
      case '#':
      case '%':
        return call(cursor.takeAll(cursor.peek(), 2), [this.#parseArgument('}')])
      case '}':
        return call('', [])
      default:
        throw this.#fault('missing closing brace')
    }
  }

  #parseColon(): [operator: string, args: readonly Node[]] {
    const cursor = this.#cursor
    const next = cursor.peek(1)
    if (next !== '' && '=-?+'.includes(next)) {
      cursor.at += 2
      return [`:${next}`, this.#parseDefault()]
    }
    // Flux's scanner steps back by the width of the character ahead, and so loses its place before a wide one
    if (next === '' || next > '\x7f') throw this.#fault('bad substitution')
    cursor.take(':')
    const args = [this.#parseArgument(':}')]
    if (cursor.peek() === '}') return [':', args]
    if (cursor.takeAll(':') === '') throw this.#fault('bad substitution')
    return [':', [...args, this.#parseArgument('}')]]
  }

  #parseReplace(): [operator: string, args: readonly Node[]] {
    const cursor = this.#cursor
    cursor.take('/')
    const operator = `/${cursor.takeAll('/#%', 1)}`
    const pattern = this.#parseArgument('/', true)
    if (cursor.takeAll('/') === '') throw this.#fault('bad substitution')
    if (cursor.peek() === '}') return [operator, [pattern]]
    return [operator, [pattern, this.#parseArgument('}', true)]]
  }

  #parseDefault(): readonly Node[] {
    const args: Node[] = []
    while (this.#cursor.peek() !== '}') args.push(this.#parseArgument('}'))
    return args
  }

  /** One run of text, or one nested call; never nothing. */
  #parseArgument(stops: string, escapes = false): Node {
    const cursor = this.#cursor
    if (cursor.take('${')) return this.#parseCall()
    const start = cursor.at
    const value = cursor.takeRun({ stops, opens: true, escapes })
    if (cursor.at === start) throw this.#fault('unable to parse substitution within function')
    return { kind: 'text', value }
  }

  #close(node: CallNode): CallNode {
    this.#opened = node.at
    if (!this.#cursor.take('}')) throw this.#fault('bad substitution')
    return node
  }

  #fault(words: string): SubstitutionError {
    return new SubstitutionError('BadSyntax', `${words} (${this.#place(this.#opened)})`)
  }

  #place(at: number): string {
    return placeOf(this.#cursor.source, at)
  }
}

/** Line and column of the `${` before an offset. */
export function placeOf(text: ByteText, at: number): string {
  const before = text.slice(0, Math.max(0, at - 2))
  const line = before.split('\n').length
  return `line ${line}, column ${before.length - before.lastIndexOf('\n')}`
}
