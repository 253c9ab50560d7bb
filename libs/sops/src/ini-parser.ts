// SPDX-License-Identifier: Apache-2.0
import { SopsError } from './errors.ts'
import { trim, trimStart } from './ini-space.ts'
import { Branch, Comment } from './tree.ts'
import type { Item } from './tree.ts'

const defaultSection = 'DEFAULT'

interface Section {
  readonly name: string
  readonly comment: string
  readonly keys: Map<string, { value: string; comment: string }>
}

/**
 * Reads an INI file as SOPS does, by the rules of Go's `ini.v1`: sections may repeat, a key counts once with its last value, keys before
 * the first section are in DEFAULT. The branch has one entry a section. Throws `Malformed` with the number of the line.
 */
export function parseIni(text: string): Branch {
  const sections = new IniReader(text.replace(/^\uFEFF/, '')).read()
  return new Branch(sections.map(({ name, comment, keys }) => ({ key: name, value: toBranch(comment, keys) })))
}

function toBranch(sectionComment: string, keys: Section['keys']): Branch {
  const items: Item[] = commentItems(sectionComment)
  for (const [key, { value, comment }] of keys) items.push({ key, value }, ...commentItems(comment))
  return new Branch(items)
}

function commentItems(text: string): Item[] {
  if (text === '') return []
  return [{ comment: new Comment(text.startsWith(';') ? text.replace(/^[; ]+/, '') : text.replace(/^[# ]+/, '')) }]
}

class IniReader {
  readonly #lines: readonly string[]
  #next = 0
  #comment = ''
  /** Keys named `-` are numbered. */
  #count = 1

  constructor(text: string) {
    this.#lines = text.split(/(?<=\n)/)
  }

  read(): readonly Section[] {
    let section: Section = { name: defaultSection, comment: '', keys: new Map() }
    const sections = [section]
    while (this.#next < this.#lines.length) {
      const line = trimStart(this.#take())
      if (line === '') continue
      if (line.startsWith('#') || line.startsWith(';')) {
        this.#comment += line
      } else if (line.startsWith('[')) {
        section = this.#readSection(line)
        sections.push(section)
      } else {
        this.#readKey(line, section.keys)
      }
    }
    return sections
  }

  #take(): string {
    return this.#lines[this.#next++] ?? ''
  }

  #takeComment(): string {
    const comment = trim(this.#comment)
    this.#comment = ''
    return comment
  }

  #readSection(line: string): Section {
    const end = line.lastIndexOf(']')
    if (end < 0) throw this.#malformed('a section is not closed')
    const name = line.slice(1, end)
    if (name === '') throw this.#malformed('a section has no name')
    this.#noteComment(line.slice(end + 1))
    this.#count = 1
    return { name, comment: this.#takeComment(), keys: new Map() }
  }

  #readKey(line: string, keys: Section['keys']): void {
    const { name, rest } = this.#splitKey(line)
    const key = name === '-' ? `#${this.#count++}` : name
    if (key === '') throw this.#malformed('a key has no name')
    const value = this.#readValue(rest)
    const comment = this.#takeComment()
    const before = keys.get(key)
    if (before === undefined) keys.set(key, { value, comment })
    else Object.assign(before, { value, comment })
  }

  #splitKey(line: string): { name: string; rest: string } {
    const quote = /^(?:"""(?=.{4})|"|`)/.exec(line)?.[0] ?? ''
    const close = quote === '' ? 0 : line.indexOf(quote, quote.length)
    if (close < 0) throw this.#malformed('the quote of a key is not closed')
    const from = quote === '' ? 0 : close + quote.length
    const at = line.slice(from).search(/[=:]/)
    if (at < 0) throw this.#malformed('there is neither = nor : behind a key')
    if (quote === '' && at === 0) throw this.#malformed('a key has no name')
    const name = quote === '' ? line.slice(0, at) : line.slice(quote.length, close)
    return { name: trim(name), rest: line.slice(from + at + 1) }
  }

  #readValue(text: string): string {
    const line = trimStart(text)
    if (line === '') return ''
    const quote = line.length > 3 && line.startsWith('"""') ? '"""' : line.startsWith('`') ? '`' : ''
    if (quote !== '') {
      const inside = line.slice(quote.length)
      const close = inside.lastIndexOf(quote)
      return close < 0 ? this.#readMultiline(inside, quote) : inside.slice(0, close)
    }
    const trimmed = trim(line)
    if (trimmed.endsWith('\\')) return this.#readContinuation(trimmed.slice(0, -1))
    const at = trimmed.search(/[#;]/)
    if (at >= 0) this.#comment += trimmed.slice(at)
    return unquote(at >= 0 ? trim(trimmed.slice(0, at)) : trimmed)
  }

  #readMultiline(first: string, quote: string): string {
    let value = first
    while (this.#next < this.#lines.length) {
      const line = this.#take()
      const close = line.lastIndexOf(quote)
      const rest = close < 0 ? '' : line.slice(close + quote.length)
      if (close >= 0 && !trim(rest).endsWith('\\')) {
        this.#noteComment(rest)
        return value + line.slice(0, close)
      }
      value += line
    }
    throw this.#malformed('the quote of a value is not closed')
  }

  #readContinuation(first: string): string {
    const parts = [first]
    while (this.#next < this.#lines.length) {
      const line = trim(this.#take())
      if (!line.endsWith('\\')) {
        parts.push(line)
        break
      }
      parts.push(line.slice(0, -1))
    }
    return parts.join('')
  }

  #noteComment(text: string): void {
    const at = text.search(/[#;]/)
    if (at >= 0) this.#comment += trim(text.slice(at))
  }

  #malformed(problem: string): SopsError {
    return new SopsError('Malformed', `line ${this.#next} of the INI file cannot be read: ${problem}`)
  }
}

function unquote(value: string): string {
  for (const quote of ["'", '"']) {
    const quoted = value.length >= 2 && value.startsWith(quote) && value.indexOf(quote, 1) === value.length - 1
    if (quoted) return value.slice(1, -1)
  }
  return value
}
