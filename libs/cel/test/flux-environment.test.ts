// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { compile } from '../src/index.ts'

interface Recorded {
  readonly expression: string
  /** Present: checked with these variables. Absent: only the syntax is. */
  readonly variables?: readonly string[]
  readonly bindings?: Readonly<Record<string, unknown>>
  /** What cel-go 0.26 did with the options of Flux: refused it, failed to evaluate it, or yielded a value. */
  readonly refused?: string
  readonly fails?: string
  readonly value?: boolean
}

const recorded = JSON.parse(
  readFileSync(new URL('../testdata/flux-environment.json', import.meta.url), 'utf8'),
) as Recorded[]

// the same outcome in other words, or another outcome: each with its reason
const differences: Readonly<Record<string, RegExp | boolean>> = {
  // the tokens that a generated parser expected are not listed
  '1 + ': /1:5: Syntax error: mismatched input '<EOF>'/,
  'self.a == 1 &&': /1:15: Syntax error: mismatched input '<EOF>'/,
  "'żółć' == self.ż": /1:16: Syntax error: token recognition error at: 'ż'/,
  // the engine for regular expressions has its own words
  "'a'.matches('(')": /error parsing regexp: missing closing \)/,
  "status.x.matches('(')": /error parsing regexp: missing closing \)/,
  "self.a.exists(a, a.b == 'x' && a.c.matches('[a-'))": /error parsing regexp: /,
  // in cel-go a Go type's name
  '1.exists(x, true)': /got 'int', expected iterable type/,
  "'%d'.format([])": /index 0 out of range/,
  // a bound on what one clause makes
  "'%.200f'.format([1.5])": /precision 200 is over the limit of 100/,
  // types of arguments are not named
  'self.a.optMap(x, x + 1).orValue(0) == 2': /no such overload: hasValue/,
}

function outcome({ expression, variables, bindings = {} }: Recorded): Omit<Recorded, 'expression'> {
  let program: ReturnType<typeof compile>
  try {
    program = compile(expression, variables === undefined ? {} : { variables })
  } catch (error) {
    return { refused: (error as Error).message }
  }
  try {
    return { value: program.evaluateBoolean(bindings) }
  } catch (error) {
    return { fails: (error as Error).message }
  }
}

function isAsRecorded(row: Recorded, found: Omit<Recorded, 'expression'>): boolean {
  const different = differences[row.expression]
  if (different instanceof RegExp) return different.test(found.refused ?? found.fails ?? '')
  if (different !== undefined) return found.value === different
  if (row.refused !== undefined) return found.refused?.includes(row.refused) === true
  if (row.fails !== undefined) return found.fails?.includes(row.fails) === true
  return found.value === row.value
}

describe('expressions in the environment of Flux, beside what cel-go did with them', () => {
  it.each(recorded)('$expression', (row) => {
    const found = outcome(row)
    expect({ found, isAsRecorded: isAsRecorded(row, found) }).toEqual({ found, isAsRecorded: true })
  })
})
