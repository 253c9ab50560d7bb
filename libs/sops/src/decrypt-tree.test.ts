// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { decryptTree } from './decrypt-tree.ts'
import type { CryptRule, Metadata } from './metadata.ts'
import { Branch, Comment } from './tree.ts'
import type { Item } from './tree.ts'

const dataKey = new Uint8Array(32)

function decrypt(items: readonly Item[], rule: CryptRule): readonly Item[] {
  const metadata = { rule, macOnlyEncrypted: false } as Metadata
  return decryptTree([new Branch(items)], metadata, dataKey).branches[0]?.items ?? []
}

const comments = (count: number, text: (index: number) => string): Item[] =>
  Array.from({ length: count }, (_, index) => ({ comment: new Comment(text(index)) }))

describe('a hostile file is refused, or decrypted in a time that its size accounts for', () => {
  it.each<CryptRule['kind']>([
    'unencrypted_suffix',
    'unencrypted_regex',
    'encrypted_regex',
    'encrypted_comment_regex',
    'unencrypted_comment_regex',
  ])('with 100,000 comments above 30,000 values: %s', (kind) => {
    const values = Array.from({ length: 30_000 }, (_, index): Item => ({ key: `k${index}`, value: '' }))
    const items = [...comments(100_000, (index) => `c${index}`), { key: 'a', value: new Branch(values) }]
    expect(decrypt(items, { kind, text: 'nowhere' })).toHaveLength(100_001)
  })
  it('with a long key above many comments', () => {
    const sealed = `ENC[AES256_GCM,data:AA==,iv:AA==,tag:${Buffer.alloc(16).toString('base64')},type:str]`
    const below = new Branch(comments(1000, () => sealed))
    const items = [{ key: 'k'.repeat(2 ** 20), value: below }]
    expect(() => decrypt(items, { kind: 'encrypted_suffix', text: 'k' })).toThrow(/paths of all values are too long/)
  })
  it('with an expression that repetitions make large', () => {
    const rule: CryptRule = { kind: 'encrypted_regex', text: '(a?){1000}'.repeat(100) }
    expect(() => decrypt([], rule)).toThrow(/regular expression exceeds .* with its repetitions written out/)
  })
  it('with an expression that has much to look through', () => {
    const items = [{ key: 'a'.repeat(2 ** 20), value: '' }]
    expect(() => decrypt(items, { kind: 'encrypted_regex', text: '(a?){900}b' })).toThrow(/takes too long/)
  })
})

it('comments count for what is right below them, not for themselves', () => {
  const items: Item[] = [{ comment: new Comment('secret') }, { key: 'a', value: 'plain' }, { key: 'b', value: 'plain' }]
  expect(() => decrypt(items, { kind: 'encrypted_comment_regex', text: 'secret' })).toThrow(
    /'a' is not in SOPS' format/,
  )
  const [, , last] = items
  expect(
    decrypt([...items.slice(0, 1), { key: 'a', value: '' }, ...(last === undefined ? [] : [last])], {
      kind: 'encrypted_comment_regex',
      text: 'secret',
    }),
  ).toHaveLength(3)
})
