// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { parseCommit } from './commit.ts'

const sha = 'a'.repeat(40)
const tree = 'b'.repeat(40)

describe('parseCommit', () => {
  it('reads a signed merge', () => {
    const text = `tree ${tree}
parent ${'c'.repeat(40)}
parent ${'d'.repeat(40)}
author Ada Lovelace <ada@example.com> 1700000000 +0100
committer Web Flow <noreply@example.com> 1700000060 -0500
gpgsig -----BEGIN PGP SIGNATURE-----
 
 tree ${'f'.repeat(40)}
 -----END PGP SIGNATURE-----

Merge it

body
`
    expect(parseCommit(sha, Buffer.from(text))).toMatchObject({
      sha,
      tree,
      parents: ['c'.repeat(40), 'd'.repeat(40)],
      message: 'Merge it\n\nbody\n',
      author: { name: 'Ada Lovelace', email: 'ada@example.com', timeMs: 1_700_000_000_000 },
      committer: { name: 'Web Flow', email: 'noreply@example.com', timeMs: 1_700_000_060_000 },
    })
  })
  it.each([
    ['author  <> 0 +0000', { name: '', email: '', timeMs: 0 }],
    ['author A <a@b> -100 +0000', { name: 'A', email: 'a@b', timeMs: -100_000 }],
    ['author A <a@b>', { name: 'A', email: 'a@b', timeMs: 0 }],
    [`author ${'<'.repeat(1_000_000)}`, { name: '', email: '', timeMs: 0 }],
    ['author nobody', { name: '', email: '', timeMs: 0 }],
  ])('takes the odd line %j', (line, author) => {
    expect(parseCommit(sha, Buffer.from(`tree ${tree}\n${line}\n\nm`))).toMatchObject({ author, message: 'm' })
  })
  it('takes a commit without message', () => {
    expect(parseCommit(sha, Buffer.from(`tree ${tree}\n`)).message).toBe('')
  })
  it('refuses one without tree', () => {
    expect(() => parseCommit(sha, Buffer.from('author A <a@b> 1 +0000\n\nm'))).toThrow(
      `the commit ${sha} names no tree`,
    )
  })
})
