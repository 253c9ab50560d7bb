// SPDX-License-Identifier: Apache-2.0
import type { ScalarStyle } from './scalar-style.ts'

/** Where a text stands. */
interface Place {
  /** Column at which it begins. */
  readonly column: number
  /** Blanks in front of its further lines. */
  readonly indent: number
  /** Keys are not folded. */
  readonly isKey: boolean
}

/** A line that is longer goes on in the next one, at its next blank. */
const foldAfter = 80

const escapes: Readonly<Record<string, string>> = {
  ...{ '\0': '\\0', '\u0007': '\\a', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\v': '\\v', '\f': '\\f', '\r': '\\r' },
  ...{ '\u001b': '\\e', '"': '\\"', '\\': '\\\\', '\u0085': '\\N', '\u2028': '\\L', '\u2029': '\\P' },
}
const unprintable = /[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u

/** The text in a style, folded as go-yaml 2 folds. */
export function scalarText(text: string, style: ScalarStyle, place: Place): string {
  if (style === 'literal') return literal(text, place.indent)
  if (style === 'plain') return fold(Array.from(text), place, { isOuterFolded: true, continues: '' })
  const characters =
    style === 'single' ? Array.from(text).map((each) => (each === "'" ? "''" : each)) : Array.from(text).map(escape)
  const quote = style === 'single' ? "'" : '"'
  const inner = { ...place, column: place.column + 1 }
  const continues = style === 'double' ? '\\' : ''
  return `${quote}${fold(characters, inner, { isOuterFolded: false, continues })}${quote}`
}

interface Folding {
  /** Whether the first and the last character may be where the line ends. */
  readonly isOuterFolded: boolean
  /** What says that blanks at the start of a line count; empty: never break in front of a blank. */
  readonly continues: string
}

function fold(characters: readonly string[], { column, indent, isKey }: Place, folding: Folding): string {
  let at = column
  let wasBlank = false
  let text = ''
  characters.forEach((character, index) => {
    const isBlank = character === ' '
    const isInside = folding.isOuterFolded || (index > 0 && index < characters.length - 1)
    const nextIsBlank = characters[index + 1] === ' '
    const breaks = isBlank && !isKey && !wasBlank && at > foldAfter && isInside
    if (breaks && (!nextIsBlank || folding.continues !== '')) {
      const continued = nextIsBlank ? folding.continues : ''
      text += `\n${' '.repeat(indent)}${continued}`
      at = indent + continued.length
    } else {
      text += character
      at += character.length
    }
    wasBlank = isBlank
  })
  return text
}

function escape(character: string): string {
  const known = escapes[character]
  if (known !== undefined) return known
  if (!unprintable.test(character)) return character
  const code = character.codePointAt(0) ?? 0
  const digits = (length: number): string => code.toString(16).toUpperCase().padStart(length, '0')
  if (code <= 0xff) return `\\x${digits(2)}`
  return code <= 0xffff ? `\\u${digits(4)}` : `\\U${digits(8)}`
}

function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? '2' : ''
  const chomping = text.endsWith('\n') ? (text === '\n' || text.endsWith('\n\n') ? '+' : '') : '-'
  const lines = text.replace(/\n$/, '').split('\n')
  return `|${hint}${chomping}\n${lines.map((line) => (line === '' ? '' : `${' '.repeat(indent)}${line}`)).join('\n')}`
}
