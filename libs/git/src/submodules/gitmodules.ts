// SPDX-License-Identifier: Apache-2.0
import { GitError } from '../git-error.ts'

/** What `.gitmodules` says of one submodule. */
export interface Submodule {
  readonly name: string
  /** Where it lies, without a slash at the end. */
  readonly path: string
  readonly url: string
}

const maxSubmodules = 10_000

/**
 * Reads a `.gitmodules` file (git-config's syntax) and answers the submodules by path. What Git passes over is passed over: names that
 * lead out of a directory, and values that look like an option of a command. Throws `InvalidObject` with the line where it cannot be
 * read.
 */
export function parseGitmodules(text: string): ReadonlyMap<string, Submodule> {
  const sections = new Map<string, Map<string, string>>()
  const reader = new ConfigReader(text)
  let section: Map<string, string> | undefined
  for (let item = reader.next(); item !== undefined; item = reader.next()) {
    if (item.kind === 'section') {
      section = item.name === undefined ? undefined : (sections.get(item.name) ?? new Map<string, string>())
      if (item.name !== undefined && section !== undefined) sections.set(item.name, section)
      if (sections.size > maxSubmodules) throw reader.fault(`there are more than ${maxSubmodules} submodules`)
    } else section?.set(item.key, item.value)
  }
  return byPath(sections)
}

function byPath(sections: ReadonlyMap<string, ReadonlyMap<string, string>>): ReadonlyMap<string, Submodule> {
  const submodules = new Map<string, Submodule>()
  for (const [name, values] of sections) {
    const path = (values.get('path') ?? '').replace(/\/$/, '')
    const url = values.get('url') ?? ''
    const isUsable = path !== '' && url !== '' && !path.startsWith('-') && !url.startsWith('-') && isSafeName(name)
    if (isUsable) submodules.set(path, { name, path, url })
  }
  return submodules
}

/** Git's check_submodule_name: no part of the name is `..`, whatever separates it. */
function isSafeName(name: string): boolean {
  return name !== '' && !name.split(/[/\\]/).includes('..')
}

type Item =
  | { readonly kind: 'section'; readonly name: string | undefined }
  | { readonly kind: 'value'; readonly key: string; readonly value: string }

const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', n: '\n', t: '\t', b: '\b' }

/** Reads git-config's syntax item by item. */
class ConfigReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  }

  next(): Item | undefined {
    for (;;) {
      const character = this.#text[this.#at]
      if (character === undefined) return undefined
      if (/\s/.test(character)) this.#at++
      else if (character === '#' || character === ';') this.#skipLine()
      else return character === '[' ? this.#section() : this.#value()
    }
  }

  fault(why: string): GitError {
    const line = this.#text.slice(0, this.#at).split('\n').length
    return new GitError('InvalidObject', `.gitmodules cannot be read: line ${line}: ${why}`)
  }

  #section(): Item {
    const head = this.#match(/\[[ \t]*([A-Za-z0-9.-]+)[ \t]*/y)
    if (head === undefined) throw this.fault('a section has no name')
    const [, type = ''] = head
    const quoted = this.#match(/"((?:[^"\\\n]|\\[^\n])*)"[ \t]*/y)
    if (this.#match(/\]/y) === undefined) throw this.fault('a section does not end')
    const isSubmodule = type.toLowerCase() === 'submodule' && quoted !== undefined
    return { kind: 'section', name: isSubmodule ? quoted[1]!.replace(/\\(.)/g, '$1') : undefined }
  }

  #value(): Item {
    const key = this.#match(/([A-Za-z][A-Za-z0-9-]*)[ \t]*/y)?.[1]
    if (key === undefined) throw this.fault('a name is missing')
    const hasValue = this.#match(/=[ \t]*/y) !== undefined
    if (!hasValue && this.#match(/(?=[\n#;]|$)/y) === undefined)
      throw this.fault(`after ${key} comes neither = nor an end`)
    return { kind: 'value', key: key.toLowerCase(), value: hasValue ? this.#restOfLine() : 'true' }
  }

  /** The rest of the line, with quotes, escapes and continued lines. */
  #restOfLine(): string {
    let value = ''
    /** As far as the value goes without white space at its end. */
    let end = 0
    let quoted = false
    for (;;) {
      const character = this.#text[this.#at++]
      if (character === undefined || character === '\n') break
      if (character === '"') quoted = !quoted
      else if (character === '\\') value += this.#escape()
      else if (!quoted && (character === '#' || character === ';')) {
        this.#skipLine()
        break
      } else value += character
      if (quoted || !/[ \t]/.test(character)) end = value.length
    }
    if (quoted) throw this.fault('a quote does not end')
    return value.slice(0, end)
  }

  #escape(): string {
    const character = this.#text[this.#at++]
    if (character === '\n') return ''
    const plain = character === undefined ? undefined : escapes[character]
    if (plain === undefined) throw this.fault('an escape is unknown')
    return plain
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match === null) return undefined
    this.#at += match[0].length
    return match
  }

  #skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at)
    this.#at = end < 0 ? this.#text.length : end
  }
}
