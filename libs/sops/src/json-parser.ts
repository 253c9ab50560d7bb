// SPDX-License-Identifier: Apache-2.0
import { SopsError } from './errors.ts'
import { Branch } from './tree.ts'
import type { Item, Value } from './tree.ts'

const maxDepth = 500
const quoted = /"(?:[^"\\]|\\.)*"/y
const word = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const maxInt = 2n ** 63n

/**
 * Reads the JSON object that a text starts with; what follows it is ignored, as by SOPS. Unlike JSON.parse it keeps the order of all
 * keys, keys that stand twice, and integers apart from floats. Throws `Malformed` with the position, never with the text.
 */
export function parseJsonObject(text: string): Branch {
  return new JsonReader(text).readRoot()
}

class JsonReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  readRoot(): Branch {
    this.#skipSpace()
    if (this.#text[this.#at] !== '{') throw this.#malformed('the file is no JSON object')
    return this.#readObject(1)
  }

  #readValue(depth: number): Value {
    if (depth > maxDepth) throw new SopsError('TooLarge', `the file nests deeper than ${maxDepth} levels`)
    this.#skipSpace()
    const mark = this.#text[this.#at]
    if (mark === '{') return this.#readObject(depth)
    if (mark === '[') return this.#readList(depth)
    return mark === '"' ? this.#readString() : this.#readWord()
  }

  #readObject(depth: number): Branch {
    const items: Item[] = []
    this.#readMembers('}', () => {
      const key = this.#readString()
      this.#expect(':')
      items.push({ key, value: this.#readValue(depth + 1) })
    })
    return new Branch(items)
  }

  #readList(depth: number): readonly Value[] {
    const values: Value[] = []
    this.#readMembers(']', () => values.push(this.#readValue(depth + 1)))
    return values
  }

  #readMembers(close: string, readMember: () => void): void {
    this.#at++
    this.#skipSpace()
    if (this.#text[this.#at] === close) {
      this.#at++
      return
    }
    for (;;) {
      this.#skipSpace()
      readMember()
      this.#skipSpace()
      const mark = this.#text[this.#at++]
      if (mark === close) return
      if (mark !== ',') throw this.#malformed(`there is no comma or ${close}`)
    }
  }

  #readString(): string {
    const token = this.#match(quoted)
    if (token === undefined) throw this.#malformed('there is no text in quotes')
    try {
      const value = (JSON.parse(token) as string).toWellFormed()
      this.#at += token.length
      return value
    } catch {
      throw this.#malformed('a text has an unknown escape')
    }
  }

  #readWord(): Value {
    const token = this.#match(word)
    if (token === undefined) throw this.#malformed('there is no value')
    this.#at += token.length
    if (token === 'null') return null
    if (token === 'true' || token === 'false') return token === 'true'
    return this.#toNumber(token)
  }

  #toNumber(token: string): Value {
    if (/^-?\d{1,19}$/.test(token)) {
      const value = BigInt(token)
      if (value < maxInt && value >= -maxInt) return value
    }
    const value = Number(token)
    if (!Number.isFinite(value)) throw this.#malformed('a number is out of range')
    return value
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    return pattern.exec(this.#text)?.[0]
  }

  #expect(mark: string): void {
    this.#skipSpace()
    if (this.#text[this.#at] !== mark) throw this.#malformed(`there is no ${mark}`)
    this.#at++
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++
  }

  #malformed(problem: string): SopsError {
    return new SopsError('Malformed', `the JSON cannot be read at character ${this.#at}: ${problem}`)
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}
