// SPDX-License-Identifier: Apache-2.0
import type { ByteText } from './bytes.ts'
import { characterAt } from './bytes.ts'

const identifier = /^[\p{L}\p{Nd}_]$/u

/** Where a run of text ends, beside the end of the source. */
export interface RunRules {
  /** Characters that end the run. */
  readonly stops: string
  /** Whether `${` ends the run. */
  readonly opens: boolean
  /** Whether `\/` and `\\` stand for their second character, and `$$` for one dollar. */
  readonly escapes: boolean
}

/** A position in a text and the few moves that the parser needs. Nothing here throws. */
export class Cursor {
  readonly source: ByteText
  at = 0

  constructor(source: ByteText) {
    this.source = source
  }

  get ended(): boolean {
    return this.at >= this.source.length
  }

  /** The byte ahead, as a character; empty at the end. */
  peek(offset = 0): string {
    return this.source.charAt(this.at + offset)
  }

  /** Takes the text if it stands here. */
  take(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false
    this.at += text.length
    return true
  }

  /** Takes all bytes in a row that `accepted` holds, at most `limit`. */
  takeAll(accepted: string, limit: number = Infinity): string {
    const start = this.at
    while (!this.ended && this.at - start < limit && accepted.includes(this.peek())) this.at += 1
    return this.source.slice(start, this.at)
  }

  /** Takes a name: letters and digits of any script, and underscores. Empty when none stands here. */
  takeName(): ByteText {
    const start = this.at
    while (!this.ended) {
      const { character, width } = characterAt(this.source, this.at)
      if (!identifier.test(character)) break
      this.at += width
    }
    return this.source.slice(start, this.at)
  }

  /** Takes a run of text by the rules. Empty when it ends where it begins. */
  takeRun({ stops, opens, escapes }: RunRules): ByteText {
    let text = ''
    for (;;) {
      const next = this.peek()
      if (next === '' || (opens && next === '$' && this.peek(1) === '{')) return text
      const isEscape = escapes && this.#escapeAhead(next)
      if (!isEscape && stops.includes(next)) return text
      text += isEscape ? this.peek(1) : next
      this.at += isEscape ? 2 : 1
    }
  }

  #escapeAhead(next: string): boolean {
    const second = this.peek(1)
    return (next === '$' && second === '$') || (next === '\\' && (second === '/' || second === '\\'))
  }
}
