// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { ArtifactIndex } from '@tidelock/archive'
import { RecentIndexes } from './recent-indexes.ts'

const indexOf = (count: number): ArtifactIndex => ({
  version: 1,
  files: Array.from({ length: count }, (_, at) => ({ path: `f${at}`, sha256: 'a'.repeat(64), mode: 0o600, size: 1 })),
  directories: [],
})

describe('RecentIndexes', () => {
  it('keeps the last used ones within the bound, and the newest whatever its size', () => {
    const indexes = new RecentIndexes()
    const [small, large, huge] = [indexOf(10), indexOf(30_000), indexOf(60_000)]
    indexes.set('a', small)
    indexes.set('b', large)
    indexes.set('a', small)
    expect([indexes.get('a'), indexes.get('b')]).toEqual([small, large])
    indexes.set('c', large)
    expect([indexes.get('a') === small, indexes.get('b'), indexes.get('c') === large]).toEqual([true, undefined, true])
    indexes.set('d', huge)
    expect(['a', 'b', 'c', 'd'].map((each) => indexes.get(each) !== undefined)).toEqual([false, false, false, true])
  })
})
