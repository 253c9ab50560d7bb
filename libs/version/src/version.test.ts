// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import semver from 'semver'
import { compareVersions, latestMatching, parseRange, parseTag, parseVersion, VersionError } from './index.ts'

interface Golden {
  readonly versions: readonly string[]
  readonly ranges: readonly { readonly range: string; readonly valid: boolean; readonly match?: readonly number[] }[]
  readonly parse: readonly { readonly text: string; readonly valid: boolean; readonly string?: string }[]
  readonly compare: readonly (readonly number[])[]
}

// answers of the Go module itself
const golden = JSON.parse(readFileSync(new URL('../testdata/masterminds.json', import.meta.url), 'utf8')) as Golden
const goldenVersions = golden.versions.map((text) => parseVersion(text))

describe('parseRange', () => {
  it.each(golden.ranges.filter(({ valid }) => valid))(
    '$range matches what Masterminds matches',
    ({ range, match = [] }) => {
      const parsed = parseRange(range)
      const matched = golden.versions.filter((_, i) => parsed.test(goldenVersions[i]!))
      expect(matched).toEqual(match.map((i) => golden.versions[i]))
    },
  )
  it.each(golden.ranges.filter(({ valid }) => !valid))('$range is refused', ({ range }) => {
    expect(() => parseRange(range)).toThrow(VersionError)
  })
  it('takes a version as text, and refuses one that is none', () => {
    expect(parseRange('1.x').test('v1.2.3')).toBe(true)
    expect(() => parseRange('1.x').test('one')).toThrow(expect.objectContaining({ code: 'InvalidVersion' }))
  })
  it('says which part is wrong, in the words Flux users know', () => {
    expect(() => parseRange('>=1.0 || newest')).toThrow('improper constraint: " newest"')
  })
  it('refuses long input at once, however ambiguous', () => {
    expect(() => parseRange(`${' '.repeat(511)}!`)).toThrow(VersionError)
    expect(() => parseRange(`${'1'.repeat(511)}!`)).toThrow(VersionError)
    expect(() => parseRange('1 '.repeat(300))).toThrow('longer than 512 bytes')
  })
})

describe('parseVersion', () => {
  it.each(golden.parse.filter(({ valid }) => valid))('reads $text', ({ text, string }) => {
    const { major, minor, patch, prerelease, metadata, original } = parseVersion(text)
    const dash = prerelease === '' ? '' : `-${prerelease}`
    const plus = metadata === '' ? '' : `+${metadata}`
    expect(`${major}.${minor}.${patch}${dash}${plus}`).toBe(string)
    expect(original).toBe(text)
  })
  it.each(golden.parse.filter(({ valid }) => !valid))('refuses $text', ({ text }) => {
    expect(() => parseVersion(text)).toThrow(expect.objectContaining({ code: 'InvalidVersion' }))
  })
  it('refuses a text of more than 256 bytes', () => {
    expect(() => parseVersion(`1.0.0-${'a'.repeat(251)}`)).toThrow(VersionError)
  })
})

describe('compareVersions', () => {
  it('orders every pair as Masterminds does', () => {
    const ours = goldenVersions.map((a) => goldenVersions.map((b) => Math.sign(compareVersions(a, b))))
    expect(ours).toEqual(golden.compare)
  })
  it('agrees with node-semver on strict versions', () => {
    const identifier = fc.oneof(fc.nat(120).map(String), fc.stringMatching(/^[a-z][0-9a-z-]{0,3}$/))
    const version = fc
      .tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.array(identifier, { maxLength: 3 }))
      .map(([major, minor, patch, pre]) => `${major}.${minor}.${patch}${pre.length === 0 ? '' : `-${pre.join('.')}`}`)
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(Math.sign(compareVersions(parseVersion(a), parseVersion(b)))).toBe(semver.compare(a, b))
      }),
    )
  })
})

describe('parseTag', () => {
  it.each(['v1', '1.2', 'main', '2024', '1.2.3.4', ''])('%s is no version', (tag) => {
    expect(parseTag(tag)).toBeUndefined()
  })
  it.each(['v1.2.3', '1.2.3', 'v2025.02.03-rc.1', '1.2-rc.1'])('%s is one', (tag) => {
    expect(parseTag(tag)?.original).toBe(tag)
  })
})

describe('latestMatching', () => {
  it.each<[string[], string, string[]]>([
    [['v1.0.0', 'v1.2.0', 'v1.10.0', 'v2.0.0'], '1.x', ['v1.10.0']],
    [['v1.0.0', 'junk', 'v1', 'release-1.2.3'], '*', ['v1.0.0']],
    [['v1.0.0', 'v1.1.0-rc.1'], '>=1.0.0', ['v1.0.0']],
    [['v1.0.0', 'v1.1.0-rc.1'], '>=1.0.0-0', ['v1.1.0-rc.1']],
    [['1.0.0+b1', '1.0.0+b2', '0.9.0'], '1.0.x', ['1.0.0+b1', '1.0.0+b2']],
    [['v1.0.0', '1.0.0'], '1.0.0', ['v1.0.0', '1.0.0']],
    [['v1.0.0'], '>2', []],
    [[], '*', []],
  ])('of %j in %s is %j', (tags, range, latest) => {
    expect(latestMatching(tags, range)).toEqual(latest)
  })
})
