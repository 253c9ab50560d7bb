// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { comparePaths, encodeIndex, indexDigest, parseIndex } from './index.ts'
import type { ArtifactIndex } from './index.ts'

const sha256 = 'a'.repeat(64)
const index: ArtifactIndex = {
  version: 1,
  files: [
    { path: 'a-b', sha256, mode: 0o600, size: 3 },
    { path: 'a/b', sha256, mode: 0o700, size: 0 },
  ],
  directories: ['a'],
}

describe('the index', () => {
  it('comes back as it was', () => {
    expect(parseIndex(encodeIndex(index))).toEqual(index)
  })
  it('has the same bytes whatever the order of its properties', () => {
    const files = index.files.map(({ path, sha256: digest, mode, size }) => ({ size, mode, sha256: digest, path }))
    const turned: ArtifactIndex = { directories: ['a'], files, version: 1 }
    expect(indexDigest(turned)).toBe(indexDigest(index))
    expect(indexDigest(index)).toMatch(/^sha256:[0-9a-f]{64}$/)
  })
  it.each<[string, unknown]>([
    ['not JSON', 'x'],
    ['no object', '1'],
    ['another version', { ...index, version: 2 }],
    ['no files', { version: 1, directories: [] }],
    ['an unsafe path', { ...index, files: [{ ...index.files[0], path: '../x' }] }],
    ['an unsafe directory', { ...index, directories: ['/'] }],
    ['a path that is no text', { ...index, directories: [1] }],
    ['a digest that is none', { ...index, files: [{ ...index.files[0], sha256: 'x' }] }],
    ['a mode that no artifact has', { ...index, files: [{ ...index.files[0], mode: 0o777 }] }],
    ['a negative size', { ...index, files: [{ ...index.files[0], size: -1 }] }],
    ['an entry that is null', { ...index, files: [null] }],
    ['a wrong order', { ...index, files: [...index.files].reverse() }],
    ['a path twice', { ...index, directories: ['a', 'a'] }],
  ])('is refused with %s', (_what, value) => {
    const bytes = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
    expect(() => parseIndex(bytes)).toThrow(expect.objectContaining({ code: 'InvalidIndex' }))
  })
})

describe('comparePaths', () => {
  it('orders by bytes', () => {
    const paths = ['a', 'a-', 'a/', 'aa', 'z', 'é', '\u{ffff}', '\u{10000}', '\u{1f680}']
    expect([...paths].reverse().sort(comparePaths)).toEqual(paths)
    const byBytes = (one: string, two: string): number => Buffer.compare(Buffer.from(one), Buffer.from(two))
    expect([...paths].reverse().sort(byBytes)).toEqual(paths)
  })
})
