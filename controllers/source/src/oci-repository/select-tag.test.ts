// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { selectTag } from './select-tag.ts'

const going = new AbortController().signal
const many = Array.from({ length: 20_000 }, (_, at) => `v1.${at}.0-rc.${'x'.repeat(40)}`)
const slow = '(x+x+)+y|'.repeat(100)

describe('selectTag', () => {
  it.each([
    ['the highest', ['v1.0.0', 'v1.2.0', 'v1.1.0'], { semver: '1.x' }, 'v1.2.0'],
    ['the first of equals', ['1.0.0', 'v1.0.0'], { semver: '*' }, '1.0.0'],
    ['of many, wherever it stands', ['v3.0.0', ...many, 'v2.0.0'], { semver: '>=1.0.0' }, 'v3.0.0'],
    [
      'of what the filter takes',
      ['1.0.0-rc.1', '1.0.0-beta.9'],
      { semver: '>0-0', semverFilter: '-beta' },
      '1.0.0-beta.9',
    ],
    [
      'for charts with a plus',
      ['1.0.0_1', '1.1.0_b'],
      { semver: '1.x', layerMediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' },
      '1.1.0_b',
    ],
  ])('finds %s', async (_what, tags, policy, wanted) => {
    expect(await selectTag(tags, policy, going)).toBe(wanted)
  })

  it('lets others have their turn while a slow filter is at work, and ends when it is asked to', async () => {
    const stop = new AbortController()
    const selecting = selectTag(many, { semver: '*', semverFilter: slow }, stop.signal)
    setImmediate(() => stop.abort(new Error('asked to')))
    await expect(selecting).rejects.toThrow('asked to')
  })

  it.each([
    ['is none', '(', 'error parsing regexp'],
    ['is longer than anybody needs', 'a'.repeat(1001), 'error parsing regexp'],
    ['is larger than anybody needs', '(?:(?:abc){30}){30}', 'error parsing regexp'],
  ])('refuses a filter that %s', async (_what, semverFilter, words) => {
    await expect(selectTag(['1.0.0'], { semver: '*', semverFilter }, going)).rejects.toThrow(words)
  })

  it('says when nothing fits', async () => {
    await expect(selectTag([], { semver: '2.x' }, going)).rejects.toThrow('no match found for semver: 2.x')
    await expect(selectTag(['1.0.0'], { semver: '%' }, going)).rejects.toThrow("semver '%' parse error")
  })
})
