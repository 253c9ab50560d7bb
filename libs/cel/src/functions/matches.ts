// SPDX-License-Identifier: Apache-2.0
import { RE2JS } from 're2js'
import type { Budget } from '../evaluate/budget.ts'
import { failure } from '../errors.ts'

const maxPatternLength = 1000
const maxProgramSize = 2000

/** A regular expression by RE2: matched in time linear in the text. Fails if it is none, or is too large. */
export function compilePattern(pattern: string): RE2JS {
  if (pattern.length > maxPatternLength) {
    throw failure(`the regular expression is longer than ${maxPatternLength} characters`)
  }
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern)
  } catch (error) {
    throw failure(error instanceof Error ? error.message : 'invalid regular expression')
  }
  if (compiled.programSize() > maxProgramSize) {
    throw failure(`the regular expression is larger than ${maxProgramSize} steps when its repetitions are written out`)
  }
  return compiled
}

/** Whether the pattern matches any part of the text. */
export function matches(text: string, pattern: RE2JS, budget: Budget): boolean {
  budget.spend(Math.ceil(((text.length + 1) * pattern.programSize()) / 50))
  return pattern.matcher(text).find()
}
