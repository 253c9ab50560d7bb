// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { SubstitutionError, normaliseValue, substitute, substituteVariables } from './index.ts'

interface Vector {
  readonly template: string
  readonly strict?: boolean
  readonly output: string
  /** The Go library's error. */
  readonly error?: string
  /** The Go library panics. */
  readonly panic?: boolean
  /** The Go library's output is not valid UTF-8. */
  readonly invalid?: boolean
}

const { variables, vectors } = JSON.parse(
  readFileSync(new URL('../testdata/envsubst.json', import.meta.url), 'utf8'),
) as { variables: Record<string, string>; vectors: readonly Vector[] }
const lookup = (name: string): string | undefined => (Object.hasOwn(variables, name) ? variables[name] : undefined)

/** What the vector calls for, and what we do, in the same shape. */
function outcomes(vector: Vector): readonly [expected: unknown, found: unknown] {
  const found = run(vector)
  if (vector.panic === true) return [{ code: 'BadSyntax' }, { code: found.code }]
  if (vector.invalid === true) return [{ code: 'InvalidText' }, { code: found.code }]
  if (vector.error === undefined) return [{ output: vector.output }, found]
  return [vector.error, found.message?.replace(/ \(line \d+, column \d+\)$/, '')]
}

function run({ template, strict = false }: Vector): { output?: string; code?: string; message?: string } {
  try {
    return { output: substitute(template, lookup, { strict }) }
  } catch (error) {
    const { code, message } = error as SubstitutionError
    return { code, message }
  }
}

describe('substitute against the Go library', () => {
  it('agrees on every vector', () => {
    expect(vectors.length).toBeGreaterThan(1500)
    const differing = vectors.flatMap((vector) => {
      const [expected, found] = outcomes(vector)
      return JSON.stringify(expected) === JSON.stringify(found) ? [] : [{ vector, found }]
    })
    expect(differing).toEqual([])
  })
  it('has vectors of every outcome', () => {
    for (const key of ['error', 'panic', 'invalid'] as const) {
      expect(vectors.filter((vector) => vector[key] !== undefined).length).toBeGreaterThan(3)
    }
  })
})

describe('substitute', () => {
  it('says where the fault is', () => {
    const text = 'a: 1\nb: ${x:-${y}\n'
    expect(() => substitute(text, lookup)).toThrow('unable to parse substitution within function (line 2, column 9)')
  })
  it('names a missing variable and its place in strict mode', () => {
    const error = caught(() => substitute('a\n  ${nope}', lookup, { strict: true }))
    expect(error).toMatchObject({
      code: 'VariableNotSet',
      message: 'variable not set (strict mode): "nope"',
      details: { variable: 'nope', place: 'line 2, column 3' },
    })
  })
  it('handles many references in one text', () => {
    expect(substitute('${a} '.repeat(50_000), lookup)).toBe('alpha '.repeat(50_000))
    expect(substitute('$${a}'.repeat(50_000), lookup)).toBe('${a}'.repeat(50_000))
  })
})

describe('substitute and hostile input', () => {
  it('bounds nesting', () => {
    const deep = (levels: number): string => '${zz:-'.repeat(levels) + 'x' + '}'.repeat(levels)
    expect(substitute(deep(100), lookup)).toBe('x')
    expect(caught(() => substitute(deep(101), lookup)).code).toBe('LimitExceeded')
    expect(caught(() => substitute(deep(1_000_000), lookup)).code).toBe('LimitExceeded')
  })
  it('bounds the result', () => {
    const big = (): string => 'x'.repeat(1024 * 1024)
    expect(caught(() => substitute('${x}'.repeat(17), big)).code).toBe('LimitExceeded')
    // each replacement would multiply the text by its own length
    expect(caught(() => substitute('${x//x/${x//x/${x}}}', big)).code).toBe('LimitExceeded')
    expect(caught(() => substitute('abc${a}', lookup, { maxOutputBytes: 7 })).code).toBe('LimitExceeded')
    expect(substitute('abc${a}', lookup, { maxOutputBytes: 8 })).toBe('abcalpha')
  })
  it('bounds the work for a pattern', () => {
    const value = (): string => 'a'.repeat(1024 * 1024)
    expect(caught(() => substitute('${x##*a*a*a*b}', value)).code).toBe('LimitExceeded')
    expect(substitute('${x#aa}', value).length).toBe(1024 * 1024 - 2)
  })
  it('never shows a value in an error', () => {
    const secret = (): string => 'hunter2'.repeat(10)
    const error = caught(() => substitute('${x}${x:0:-1}', secret))
    expect(JSON.stringify([error.message, error.details])).not.toContain('hunter2')
  })
})

describe('substitute, properties', () => {
  it('leaves text without dollars alone, and undoes doubled dollars', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'))
    fc.assert(
      fc.property(text, (each) => {
        expect(substitute(each.replaceAll('$', '$$$$'), lookup, { strict: true })).toBe(each.toWellFormed())
      }),
    )
  })
  it('puts values in as they are', () => {
    const value = fc.string({ unit: 'grapheme' })
    fc.assert(
      fc.property(value, value, (one, two) => {
        const values = new Map([
          ['one', one.toWellFormed()],
          ['two', two.toWellFormed()],
        ])
        const found = substitute('<${one}|${two:-d}>', (name) => values.get(name))
        expect(found).toBe(`<${values.get('one')}|${values.get('two') || 'd'}>`)
      }),
    )
  })
  it('either returns text or throws its own error', () => {
    const piece = fc.constantFrom(
      '${',
      '}',
      '$',
      'a',
      ':',
      '-',
      '=',
      '/',
      '#',
      '%',
      '*',
      '[',
      ']',
      '^',
      ',',
      '\\',
      '1',
      'é',
      '?',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.boolean(), (pieces, strict) => {
        const found = run({ template: pieces.join(''), strict, output: '' })
        expect(found.output === undefined ? found.code : 'ok').toMatch(/^(ok|BadSyntax|VariableNotSet|InvalidText)$/)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('substituteVariables', () => {
  it('words errors as Flux', () => {
    const none = new Map<string, string>()
    expect(() => substituteVariables('${x}', none, { strict: true })).toThrow(
      'variable substitution failed: variable not set (strict mode): "x"',
    )
    expect(() => substituteVariables('${x', none)).toThrow('variable substitution failed: missing closing brace')
    const error = caught(() => substituteVariables('x', new Map([['my-var', '1']])))
    expect(error).toMatchObject({
      code: 'InvalidName',
      message: "'my-var' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'",
    })
  })
  it('substitutes', () => {
    expect(substituteVariables('${_a1}', new Map([['_a1', 'x']]), { strict: true })).toBe('x')
    expect(substituteVariables('<${b}>', new Map([['a', 'x']]))).toBe('<>')
  })
})

describe('normaliseValue', () => {
  it('strips newlines only', () => {
    expect(normaliseValue('a\nb\r\n c\n')).toBe('ab\r c')
  })
})

function caught(action: () => unknown): SubstitutionError {
  try {
    action()
  } catch (error) {
    if (error instanceof SubstitutionError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
