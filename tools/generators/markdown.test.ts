// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { renderTable, replaceSection } from './markdown.ts'

it('renders a table whose cells may hold bars', () => {
  expect(renderTable(['a', 'b'], [['1', 'x|y']])).toBe('| a | b |\n|---|---|\n| 1 | x\\|y |')
})

it('replaces what stands between the marks, again and again', () => {
  const text = 'before\n<!-- t: generated -->\nold\n<!-- t: end -->\nafter\n'
  const once = replaceSection(text, 't', 'new')
  expect(once).toBe('before\n<!-- t: generated -->\nnew\n<!-- t: end -->\nafter\n')
  expect(replaceSection(once, 't', 'new')).toBe(once)
})

it.each([
  ['', 'none'],
  ['<!-- t: generated -->\n', 'no end'],
  ['<!-- t: end -->\n<!-- t: generated -->\n', 'the wrong order'],
  ['<!-- t: generated -->\n<!-- t: end -->\n'.repeat(2), 'two'],
])('refuses %j (%s)', (text) => {
  expect(() => replaceSection(text, 't', 'new')).toThrow(/marks .* must stand in the file once/)
})
