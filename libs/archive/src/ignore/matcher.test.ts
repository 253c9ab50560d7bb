// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { compileName } from './glob.ts'
import { defaultPatterns, ignoreMatcher, vcsPatterns } from './matcher.ts'

interface Case {
  readonly files: Readonly<Record<string, string>>
  readonly spec?: string
  readonly ignored: readonly number[]
}

const { paths, cases } = JSON.parse(readFileSync(new URL('../../testdata/ignore.json', import.meta.url), 'utf8')) as {
  paths: readonly string[]
  cases: readonly Case[]
}

function ignoredBy({ files, spec }: Case): readonly string[] {
  const sourceIgnoreFiles = new Map(Object.entries(files))
  const ignored = ignoreMatcher({ sourceIgnoreFiles, ...(spec === undefined ? {} : { specIgnore: spec }) })
  return paths.filter((path) => ignored(path.replace(/\/$/, ''), path.endsWith('/')))
}

describe('ignoreMatcher against the Go library', () => {
  it('agrees on every path of every case', () => {
    expect(cases.length * paths.length).toBeGreaterThan(60_000)
    const differing = cases.flatMap((each) => {
      const expected = each.ignored.map((at) => paths[at])
      const found = ignoredBy(each)
      return JSON.stringify(found) === JSON.stringify(expected) ? [] : [{ each, expected, found }]
    })
    expect(differing).toEqual([])
  })
  it('has cases that leave out much, little and nothing', () => {
    const counts = cases.map(({ ignored }) => ignored.length)
    expect(Math.max(...counts)).toBeGreaterThan(80)
    expect(counts.filter((count) => count > 20 && count < 60).length).toBeGreaterThan(50)
  })
})

describe('ignoreMatcher', () => {
  it('switches the default exclusions off as soon as there is one pattern', () => {
    expect(ignoreMatcher()('a/logo.png', false)).toBe(true)
    expect(ignoreMatcher({ specIgnore: '# nothing' })('a/logo.png', false)).toBe(true)
    expect(ignoreMatcher({ specIgnore: '/x' })('a/logo.png', false)).toBe(false)
    expect(ignoreMatcher({ specIgnore: '/x' })('.git', true)).toBe(true)
  })
  it('drops the spaces behind a pattern, and ends soon with thousands of them elsewhere', () => {
    expect(ignoreMatcher({ specIgnore: 'a.txt   ' })('a.txt', false)).toBe(true)
    const spaces = ' '.repeat(60_000)
    const ignored = ignoreMatcher({ specIgnore: Array.from({ length: 500 }, (_, at) => `a${spaces}${at}`).join('\n') })
    expect(ignored(`a${spaces}499`, false)).toBe(true)
  })
  it('refuses more patterns than all can wait for', () => {
    const lines = (count: number): string => Array.from({ length: count }, (_, at) => `/f${at}`).join('\n')
    expect(ignoreMatcher({ specIgnore: lines(9000) })('f8999', false)).toBe(true)
    const tooMany = (): unknown =>
      ignoreMatcher({ sourceIgnoreFiles: new Map([['a', lines(5000)]]), specIgnore: lines(5001) })
    expect(tooMany).toThrow(expect.objectContaining({ code: 'LimitExceeded' }))
  })
  it('can be had without presets', () => {
    expect(ignoreMatcher({ defaults: 'none' })('.git', true)).toBe(false)
    expect(ignoreMatcher({ defaults: 'vcs' })('logo.png', false)).toBe(false)
    expect(ignoreMatcher({ defaults: 'vcs' })('.gitignore', false)).toBe(true)
    expect([vcsPatterns.length, defaultPatterns.length]).toEqual([4, 20])
  })
  it('stops at a line that Go would not read', () => {
    const specIgnore = `a\n${'x'.repeat(70_000)}\nb`
    const ignored = ignoreMatcher({ specIgnore })
    expect([ignored('a', false), ignored('b', false)]).toEqual([true, false])
  })
  it('takes no longer for patterns made to hurt', () => {
    const ignored = ignoreMatcher({ specIgnore: `${'*a'.repeat(60)}b\n${'**/'.repeat(50)}z` })
    expect(ignored(`${'a'.repeat(250)}/${'y/'.repeat(100)}x`, false)).toBe(false)
  })
})

describe('compileName', () => {
  it('agrees with a regular expression on stars and question marks', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 })
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(pattern, name, (glob, text) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'u')
        expect(compileName(glob)(text)).toBe(expression.test(text))
      }),
      { numRuns: 2000 },
    )
  })
})
