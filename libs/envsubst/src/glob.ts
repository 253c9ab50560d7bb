// SPDX-License-Identifier: Apache-2.0
import type { ByteText } from './bytes.ts'
import { characterAt } from './bytes.ts'
import type { Budget } from './budget.ts'

/** A pattern that cannot be read; found only when matching gets that far, as in Flux. */
export class BadPatternError extends Error {}

/** A piece of a pattern without a star inside, and whether a star stands before it. */
interface Piece {
  readonly starred: boolean
  readonly text: ByteText
  readonly isLast: boolean
}

/**
 * Whether a shell pattern matches the whole name: `*` (also slashes), `?`, `[a-z]`, `[^a-z]`, `\`. A star takes the first
 * place where the next piece fits and never another. Throws `BadPatternError`.
 */
export function matchesGlob(pattern: ByteText, name: ByteText, budget: Budget): boolean {
  let rest = name
  for (const piece of pieces(pattern)) {
    if (piece.starred && piece.text === '') return true
    const after = matchPiece(piece, rest, budget)
    if (after === undefined) return false
    rest = after
  }
  return rest === ''
}

/** What follows the piece's match, or undefined. The last piece must reach the end of the text. */
function matchPiece({ starred, text, isLast }: Piece, name: ByteText, budget: Budget): ByteText | undefined {
  const lastStart = starred ? name.length : 0
  for (let start = 0; start <= lastStart; start += 1) {
    const after = matchStart(text, name, start, budget)
    if (after !== undefined && (!isLast || after === name.length)) return name.slice(after)
  }
  return undefined
}

function* pieces(pattern: ByteText): Generator<Piece> {
  let at = 0
  while (at < pattern.length) {
    const start = at
    while (pattern[at] === '*') at += 1
    const from = at
    let inClass = false
    for (; at < pattern.length && (inClass || pattern[at] !== '*'); at += 1) {
      const next = pattern[at]
      if (next === '\\') at += at + 1 < pattern.length ? 1 : 0
      else if (next === '[') inClass = true
      else if (next === ']') inClass = false
    }
    yield { starred: from > start, text: pattern.slice(from, at), isLast: at === pattern.length }
  }
}

/** Where a piece's match ends that begins at `start`, or undefined. */
function matchStart(piece: ByteText, name: ByteText, start: number, budget: Budget): number | undefined {
  let at = start
  for (let p = 0; p < piece.length;) {
    budget.spend(1)
    if (at >= name.length) return undefined
    const next = piece.charAt(p)
    if (next === '[') {
      const { character, width } = characterAt(name, at)
      const range = readClass(piece, p + 1, character)
      if (!range.matches) return undefined
      p = range.end
      at += width
    } else if (next === '?') {
      p += 1
      at += characterAt(name, at).width
    } else {
      if (next === '\\') p += 1
      if (p >= piece.length) throw new BadPatternError()
      if (piece[p] !== name[at]) return undefined
      p += 1
      at += 1
    }
  }
  return at
}

/** Reads a class from behind its bracket, and whether the character is in it. */
function readClass(piece: ByteText, from: number, character: string): { matches: boolean; end: number } {
  const isNegated = piece[from] === '^'
  let at = isNegated ? from + 1 : from
  const point = pointOf(character)
  let isInside = false
  for (let ranges = 0; !(piece[at] === ']' && ranges > 0); ranges += 1) {
    const low = readBound(piece, at)
    const high = piece[low.end] === '-' ? readBound(piece, low.end + 1) : low
    at = high.end
    if (low.point <= point && point <= high.point) isInside = true
  }
  return { matches: isInside !== isNegated, end: at + 1 }
}

function readBound(piece: ByteText, from: number): { point: number; end: number } {
  const first = piece.charAt(from)
  if (first === '' || first === '-' || first === ']') throw new BadPatternError()
  const at = first === '\\' ? from + 1 : from
  if (at >= piece.length) throw new BadPatternError()
  const { character, width } = characterAt(piece, at)
  const isInvalid = character === '\uFFFD' && width === 1
  if (isInvalid || at + width >= piece.length) throw new BadPatternError()
  return { point: pointOf(character), end: at + width }
}

function pointOf(character: string): number {
  return character.codePointAt(0) ?? 0
}
