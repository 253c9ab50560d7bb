// SPDX-License-Identifier: Apache-2.0
import type { Budget } from './budget.ts'
import type { ByteText } from './bytes.ts'
import { fromBytesLossy, toBytes } from './bytes.ts'
import { BadPatternError, matchesGlob } from './glob.ts'

/** Takes off the shortest or longest beginning that the pattern matches; a value without one, or a bad pattern, changes nothing. */
export function trimPrefix(value: ByteText, pattern: ByteText, longest: boolean, budget: Budget): ByteText {
  if (!/[*?[\\]/.test(pattern)) return value.startsWith(pattern) ? value.slice(pattern.length) : value
  let matched = 0
  try {
    for (let length = value.length; length > 0; length -= 1) {
      budget.spend(1)
      if (!matchesGlob(pattern, value.slice(0, length), budget)) continue
      matched = length
      if (longest) break
    }
  } catch (error) {
    if (error instanceof BadPatternError) return value
    throw error
  }
  return value.slice(matched)
}

/** The same for the end. Flux turns the value and the pattern round, so that brackets and escapes lose their meaning. */
export function trimSuffix(value: ByteText, pattern: ByteText, longest: boolean, budget: Budget): ByteText {
  return reversed(trimPrefix(reversed(value), reversed(pattern), longest, budget))
}

function reversed(bytes: ByteText): ByteText {
  return toBytes(Array.from(fromBytesLossy(bytes)).reverse().join(''))
}
