// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { compile } from '../src/index.ts'
import { adopt } from '../src/value/values.ts'
import { show } from './show.ts'

/**
 * What cel-go 0.26.1 did with the options of Flux: the expression; whether its types were checked, as those of readyExpr are, or not, as
 * those of healthCheckExprs; and `refused` (it does not compile), `fails` (it does not evaluate) or the value. The expressions were made
 * at random over all functions and types, but for some hundred that are written by hand, on messages.
 */
type Row = readonly [expression: string, how: 'checked' | 'parsed', outcome: string]

interface Recorded {
  readonly bindings: Readonly<Record<string, unknown>>
  readonly rows: readonly Row[]
}

const { bindings, rows } = JSON.parse(
  readFileSync(new URL('../testdata/cel-go.json', import.meta.url), 'utf8'),
) as Recorded

// outcomes that are not those of cel-go, each with its reason
const differences: readonly RegExp[] = [
  // years that no Date of JavaScript reaches
  /seconds: -?9223372036854775\d+\}/,
]

function outcome(expression: string, how: Row[1]): string {
  let program: ReturnType<typeof compile>
  try {
    program = compile(expression, { result: 'any', ...(how === 'checked' ? { variables: Object.keys(bindings) } : {}) })
  } catch {
    return 'refused'
  }
  try {
    return show(adopt(program.evaluate(bindings)))
  } catch {
    return 'fails'
  }
}

describe('expressions beside what cel-go did with them', () => {
  it('have the same outcome, value for value', () => {
    const different = rows
      .filter(([expression]) => !differences.some((pattern) => pattern.test(expression)))
      .map(([expression, how, recorded]) => ({ expression, how, recorded, found: outcome(expression, how) }))
      .filter(({ recorded, found }) => recorded !== found)
    expect(different).toEqual([])
  })

  it('are many, and of each outcome', () => {
    const kinds = Object.groupBy(rows, ([, , found]) => (['refused', 'fails'].includes(found) ? found : 'value'))
    expect(rows.length).toBeGreaterThan(1000)
    expect(Object.values(kinds).map((list = []) => list.length > 200)).toEqual([true, true, true])
  })
})
