// SPDX-License-Identifier: Apache-2.0
import { RE2JS } from 're2js'
import { SopsError } from './errors.ts'
import type { CryptRule } from './metadata.ts'
import { Comment } from './tree.ts'
import type { Leaf } from './tree.ts'
import type { Place } from './walk.ts'

/** Whether a leaf is encrypted where it stands. */
export type IsEncrypted = (leaf: Leaf, place: Place) => boolean

/** The test that a file's rule makes. An expression that RE2 refuses matches nothing, as in SOPS. Throws `MetadataInvalid` for one too large. */
export function compileRule({ kind, text }: CryptRule): IsEncrypted {
  const inPath = (matches: (key: string) => boolean) => (place: Place) => place.path.some(matches)
  const hasSuffix = inPath((key) => key.endsWith(text))
  switch (kind) {
    case 'unencrypted_suffix':
      return (_leaf, place) => !hasSuffix(place)
    case 'encrypted_suffix':
      return (_leaf, place) => hasSuffix(place)
    case 'unencrypted_regex':
    case 'encrypted_regex': {
      const matched = inPath(compile(text))
      return kind === 'encrypted_regex' ? (_leaf, place) => matched(place) : (_leaf, place) => !matched(place)
    }
    case 'unencrypted_comment_regex': {
      const matches = compile(text)
      return (_leaf, { comments }) => !comments.some((level) => level.some(matches))
    }
    case 'encrypted_comment_regex': {
      const matches = compile(text)
      return (leaf, place) => othersOf(leaf, place).some((level) => level.some(matches))
    }
  }
}

/** A comment is no reason to encrypt itself, so the last one above a comment, which is that comment, does not count. */
function othersOf(leaf: Leaf, { comments }: Place): readonly (readonly string[])[] {
  if (!(leaf instanceof Comment)) return comments
  const last = comments.at(-1) ?? []
  return [...comments.slice(0, -1), last.slice(0, -1)]
}

const maxExpression = 10_000

function compile(expression: string): (text: string) => boolean {
  if (expression.length > maxExpression)
    throw new SopsError(
      'MetadataInvalid',
      `the sops metadata is not usable: a regular expression exceeds ${maxExpression} characters`,
    )
  try {
    const compiled = RE2JS.compile(expression)
    return memoise((text) => compiled.matcher(text).find())
  } catch {
    return () => false
  }
}

/** Keys repeat, and each is asked for at every leaf below it. */
function memoise(test: (text: string) => boolean): (text: string) => boolean {
  const known = new Map<string, boolean>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const result = test(text)
    known.set(text, result)
    return result
  }
}
