// SPDX-License-Identifier: Apache-2.0

/** Whether a single name, without slashes, matches. */
export type NameTest = (name: string) => boolean

type Token =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'literal'; readonly character: string }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] }

/**
 * Compiles one segment of a pattern by the rules of Go's `filepath.Match`: `*`, `?`, `[a-z]`, `[^a-z]` and `\`. A segment that
 * is malformed matches nothing. Takes time in proportion to name × pattern, whatever the pattern.
 */
export function compileName(pattern: string): NameTest {
  if (!/[*?[\\]/.test(pattern)) return (name) => name === pattern
  const suffix = pattern.slice(1)
  if (pattern.startsWith('*') && !/[*?[\\]/.test(suffix)) return (name) => name.endsWith(suffix)
  const tokens = tokenise(Array.from(pattern))
  return tokens === undefined ? () => false : (name) => matches(tokens, Array.from(name))
}

function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let [token, at] = [0, 0]
  // where to go on when the part behind the latest star does not fit: one character later
  let retry: { token: number; at: number } | undefined
  while (at < name.length || token < tokens.length) {
    const next = tokens[token]
    if (next?.kind === 'star') {
      retry = { token, at: at + 1 }
      token += 1
    } else if (next !== undefined && at < name.length && accepts(next, name[at] ?? '')) {
      token += 1
      at += 1
    } else if (retry !== undefined && retry.at <= name.length) {
      ;({ token, at } = retry)
    } else {
      return false
    }
  }
  return true
}

function accepts(token: Token, character: string): boolean {
  if (token.kind === 'any') return true
  if (token.kind === 'literal') return token.character === character
  return token.kind === 'class' && isInside(token.ranges, pointOf(character)) !== token.negated
}

function isInside(ranges: readonly (readonly [number, number])[], point: number): boolean {
  return ranges.some(([low, high]) => low <= point && point <= high)
}

function tokenise(pattern: readonly string[]): readonly Token[] | undefined {
  const tokens: Token[] = []
  for (let at = 0; at < pattern.length; at += 1) {
    const next = pattern[at] ?? ''
    if (next === '[') {
      const found = readClass(pattern, at + 1)
      if (found === undefined) return undefined
      tokens.push(found.token)
      at = found.end
    } else if (next === '\\') {
      at += 1
      const literal = pattern[at]
      if (literal === undefined) return undefined
      tokens.push({ kind: 'literal', character: literal })
    } else {
      tokens.push(
        next === '*' ? { kind: 'star' } : next === '?' ? { kind: 'any' } : { kind: 'literal', character: next },
      )
    }
  }
  return tokens
}

/** The class behind a bracket, and where it closes. */
function readClass(pattern: readonly string[], from: number): { token: Token; end: number } | undefined {
  const negated = pattern[from] === '^'
  const ranges: (readonly [number, number])[] = []
  let at = negated ? from + 1 : from
  while (pattern[at] !== ']' || ranges.length === 0) {
    const low = readBound(pattern, at)
    if (low === undefined) return undefined
    const high = pattern[low.end] === '-' ? readBound(pattern, low.end + 1) : low
    if (high === undefined) return undefined
    ranges.push([low.point, high.point])
    at = high.end
  }
  return { token: { kind: 'class', negated, ranges }, end: at }
}

function readBound(pattern: readonly string[], from: number): { point: number; end: number } | undefined {
  const first = pattern[from]
  if (first === undefined || first === '-' || first === ']') return undefined
  const at = first === '\\' ? from + 1 : from
  const character = pattern[at]
  // a bound is never the last thing of a pattern: at least the closing bracket follows
  if (character === undefined || at + 1 >= pattern.length) return undefined
  return { point: pointOf(character), end: at + 1 }
}

function pointOf(character: string): number {
  return character.codePointAt(0) ?? 0
}
