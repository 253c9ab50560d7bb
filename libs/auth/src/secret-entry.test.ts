// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { parseEntry, textOf } from './secret-entry.ts'

it('takes the last of two keys that are the same, as Go does', () => {
  expect(textOf(parseEntry('entry', Buffer.from('a: one\na: two\n')), 'a')).toBe('two')
})

it('refuses what is too large to be credentials, without a word of it', () => {
  const large = Buffer.from(Array.from({ length: 20_000 }, (_, each) => `secret${each}: 1`).join('\n'))
  expect(() => parseEntry('sops.gcp-kms', large)).toThrow(/^sops\.gcp-kms: larger than 64 KiB$/)
})
