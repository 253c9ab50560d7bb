// SPDX-License-Identifier: Apache-2.0
import type { Source } from './source.ts'

/** What a token is. Punctuation and operators are their own kind's text. */
export type TokenKind = 'int' | 'uint' | 'double' | 'text' | 'ident' | 'quoted-ident' | 'punctuation' | 'end'

/** A token of an expression. */
export interface Token {
  readonly kind: TokenKind
  readonly text: string
  readonly at: number
}

const patterns: readonly (readonly [TokenKind | 'space', RegExp])[] = [
  ['space', /(?:[\t \r\n\f]|\/\/[^\n]*)+/y],
  [
    'text',
    /[bB]?(?:[rR](?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\n\r]*"|'[^'\n\r]*')|"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\.|[^\\"\n\r])*"|'(?:\\.|[^\\'\n\r])*')/y,
  ],
  ['double', /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y],
  ['uint', /(?:0x[\da-fA-F]+|\d+)[uU]/y],
  ['int', /(?:0x[\da-fA-F]+|\d+)/y],
  ['ident', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['quoted-ident', /`[A-Za-z0-9_.\-/ ]+`/y],
  ['punctuation', /(?:==|!=|<=|>=|&&|\|\||[[\]{}().,\-!?:+*/%<>])/y],
]

/** Splits an expression into tokens; the last one is the end. Throws `InvalidExpression` at a character that starts none. */
export function tokenize(source: Source): Token[] {
  const { text } = source
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const [kind, found] = tokenAt(text, at)
    if (kind === undefined) {
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
      throw source.error([source.problem(at, `Syntax error: token recognition error at: '${character}'`)])
    }
    if (kind !== 'space') tokens.push({ kind, text: found, at })
    at += found.length
  }
  tokens.push({ kind: 'end', text: '<EOF>', at })
  return tokens
}

function tokenAt(text: string, at: number): [TokenKind | 'space' | undefined, string] {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) return [kind, found]
  }
  return [undefined, '']
}
