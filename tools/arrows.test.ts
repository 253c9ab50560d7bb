// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { findCycle, importsOf, packageProblems } from './arrows.ts'
import type { PackageFacts } from './arrows.ts'

const arrows = { allowed: { low: [], mid: ['low'], high: ['low', 'mid'] }, testsOnly: ['kit'] }
const facts = (given: Partial<PackageFacts>): PackageFacts => ({
  name: 'mid',
  dependencies: [],
  devDependencies: [],
  references: given.dependencies ?? [],
  files: [],
  ...given,
})
const file = (path: string, ...imports: string[]) => ({
  path,
  isTest: path.includes('.test.'),
  imports: imports.map((name) => ({ name })),
})

describe('importsOf', () => {
  it.each([
    ["import { a } from '@tidelock/low'", [{ name: 'low' }]],
    [`import type { A } from "@tidelock/kustomize-wasm"`, [{ name: 'kustomize-wasm' }]],
    [`export { a } from '@tidelock/low/src/a.ts'`, [{ name: 'low', deep: '/src/a.ts' }]],
    [`await import('@tidelock/low')`, [{ name: 'low' }]],
    [`import '@tidelock/low'\nimport '@tidelock/mid'`, [{ name: 'low' }, { name: 'mid' }]],
    ["import { a } from './low.ts'", []],
  ])('reads %s', (text, expected) => {
    expect(importsOf(text)).toEqual(expected)
  })
})

describe('packageProblems', () => {
  it('finds none where everything is declared and allowed', () => {
    const files = [file('mid/a.ts', 'low'), file('mid/a.test.ts', 'low', 'kit', 'mid')]
    expect(packageProblems(facts({ dependencies: ['low'], devDependencies: ['kit'], files }), arrows)).toEqual([])
  })

  it.each<[string, Partial<PackageFacts>, RegExp]>([
    ['a package without a row', { name: 'new' }, /new has no row/],
    ['an arrow that points up', { dependencies: ['high'] }, /mid depends on .*high/],
    ['one that points up in tests', { devDependencies: ['high'] }, /mid needs .*high for tests/],
    ['references that differ', { dependencies: ['low'], references: [] }, /differ in low/],
    ['an import that is not declared', { files: [file('mid/a.ts', 'low')] }, /mid\/a\.ts imports .*low/],
    [
      'a test tool in the code',
      { devDependencies: ['kit'], files: [file('mid/a.ts', 'kit')] },
      /mid\/a\.ts imports .*kit/,
    ],
    [
      'a deep import',
      { dependencies: ['low'], files: [{ path: 'mid/a.ts', isTest: false, imports: [{ name: 'low', deep: '/x' }] }] },
      /mid\/a\.ts reaches into .*low\/x/,
    ],
  ])('finds %s, and nothing else', (_case, given, message) => {
    expect(packageProblems(facts(given), arrows)).toEqual([expect.stringMatching(message)])
  })
})

it.each<[Record<string, string[]>, string[] | undefined]>([
  [{ a: ['b'], b: ['c'], c: [] }, undefined],
  [{ a: ['b', 'c'], b: ['c'], c: [] }, undefined],
  [{ x: ['a'], a: ['b'], b: ['a'] }, ['a', 'b', 'a']],
  [{ a: ['a'] }, ['a', 'a']],
])('sees the cycle of %j: %j', (allowed, expected) => {
  expect(findCycle({ allowed })).toEqual(expected)
})
