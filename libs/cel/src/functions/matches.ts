// SPDX-License-Identifier: Apache-2.0
import { RE2JS } from 're2js'
import type { Budget } from '../evaluate/budget.ts'
import { failure } from '../errors.ts'
import type { CelError } from '../errors.ts'
import { measurePattern } from './pattern-size.ts'

const maxPatternLength = 1000
const maxProgramSize = 2000

/** Written out by the measure, which counts some characters that become no step. */
const maxMeasured = 2 * maxProgramSize

/** What compiling costs: about as long as these many steps of an evaluation take. */
const costs = { character: 10, step: 125, unicodeClass: 4000 } as const

/**
 * A regular expression by RE2: matched in time linear in the text. `spend` is told beforehand what compiling costs. Throws CelError
 * `EvaluationFailed` if it is none, or is too large.
 */
export function compilePattern(pattern: string, spend: (cost: number) => void): RE2JS {
  if (pattern.length > maxPatternLength) {
    throw failure(`the regular expression is longer than ${maxPatternLength} characters`)
  }
  const { steps, classes } = measurePattern(pattern)
  if (steps > maxMeasured) throw tooLarge()
  spend(100 + pattern.length * costs.character + steps * costs.step + classes * costs.unicodeClass)
  let compiled: RE2JS
  try {
    compiled = RE2JS.compile(pattern)
  } catch (error) {
    throw failure(error instanceof Error ? error.message : 'invalid regular expression')
  }
  if (compiled.programSize() > maxProgramSize) throw tooLarge()
  return compiled
}

function tooLarge(): CelError {
  return failure(`the regular expression is larger than ${maxProgramSize} steps when its repetitions are written out`)
}

/** Whether the pattern matches any part of the text. */
export function matches(text: string, pattern: RE2JS, budget: Budget): boolean {
  budget.spend(Math.ceil(((text.length + 1) * pattern.programSize()) / 50))
  return pattern.matcher(text).find()
}
