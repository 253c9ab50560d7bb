// SPDX-License-Identifier: Apache-2.0
import { measurePattern } from '@tidelock/cel'
import { RE2JS } from 're2js'
import { SopsError } from './errors.ts'
import type { CryptRule } from './metadata.ts'
import { Comment } from './tree.ts'
import type { Leaf } from './tree.ts'
import type { CommentsAbove, Place } from './walk.ts'

/** Whether a leaf is encrypted where it stands. */
export type IsEncrypted = (leaf: Leaf, place: Place) => boolean

type Matches = (text: string) => boolean

/** The test that a file's rule makes. An expression that RE2 refuses matches nothing, as in SOPS. Throws `MetadataInvalid` for one too large. */
export function compileRule({ kind, text }: CryptRule): IsEncrypted {
  switch (kind) {
    case 'unencrypted_suffix':
      return not(inPath((key) => key.endsWith(text)))
    case 'encrypted_suffix':
      return inPath((key) => key.endsWith(text))
    case 'unencrypted_regex':
      return not(inPath(compile(text)))
    case 'encrypted_regex':
      return inPath(compile(text))
    case 'unencrypted_comment_regex': {
      const isAbove = inComments(compile(text))
      return (_leaf, place) => !isAbove(place, place.above.count)
    }
    case 'encrypted_comment_regex': {
      const isAbove = inComments(compile(text))
      // a comment is no reason to encrypt itself, so the last one above a comment, which is that comment, does not count
      return (leaf, place) => isAbove(place, place.above.count - (leaf instanceof Comment ? 1 : 0))
    }
  }
}

function not(test: IsEncrypted): IsEncrypted {
  return (leaf, place) => !test(leaf, place)
}

/** Whether any key on the way matches; what was found of a level serves all below it. */
function inPath(matches: Matches): IsEncrypted {
  const known = new WeakMap<Place, boolean>()
  const holds = (place: Place): boolean => {
    const before = known.get(place)
    if (before !== undefined) return before
    const { key, parent } = place
    const result = (key !== undefined && matches(key)) || (parent !== undefined && holds(parent))
    known.set(place, result)
    return result
  }
  return (_leaf, place) => holds(place)
}

/** Whether any comment right above a place, of which the last may be left out, or above what it is in matches. */
function inComments(matches: Matches): (place: Place, count: number) => boolean {
  const known = new WeakMap<Place, boolean>()
  const firsts = new WeakMap<CommentsAbove['texts'], { checked: number; at: number }>()
  const isAmong = (texts: CommentsAbove['texts'], count: number): boolean => {
    const first = firsts.get(texts) ?? { checked: 0, at: Infinity }
    firsts.set(texts, first)
    for (; first.checked < count && first.at === Infinity; first.checked++)
      if (matches(texts[first.checked] ?? '')) first.at = first.checked
    return first.at < count
  }
  const holds = (place: Place): boolean => {
    const result = known.get(place) ?? test(place, place.above.count)
    known.set(place, result)
    return result
  }
  const test = ({ above, parent }: Place, count: number): boolean =>
    isAmong(above.texts, count) || (parent !== undefined && holds(parent))
  return test
}

const maxExpression = 10_000
/** Of a repetition written out; a second to compile, about. */
const maxSteps = 20_000
const maxClasses = 500
/** Characters looked at, each as often as the expression has steps: some seconds. */
const maxWork = 500_000_000

function compile(expression: string): Matches {
  const { steps, classes } = measurePattern(expression)
  if (expression.length > maxExpression || steps > maxSteps || classes > maxClasses)
    throw new SopsError(
      'MetadataInvalid',
      `the sops metadata is not usable: a regular expression exceeds ${maxExpression} characters, or ${maxSteps} with its repetitions written out`,
    )
  try {
    return memoise(bounded(RE2JS.compile(expression)))
  } catch {
    return () => false
  }
}

function bounded(compiled: RE2JS): Matches {
  let left = maxWork
  return (text) => {
    left -= (text.length + 1) * compiled.programSize()
    if (left < 0) throw new SopsError('TooLarge', 'the regular expression of the sops metadata takes too long')
    return compiled.matcher(text).find()
  }
}

/** Keys repeat, and each is asked for at every leaf below it. */
function memoise(test: Matches): Matches {
  const known = new Map<string, boolean>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const result = test(text)
    known.set(text, result)
    return result
  }
}
