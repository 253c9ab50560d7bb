// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { ObjectStore } from './object-store.ts'

interface Row {
  readonly name: string
  readonly tags: readonly string[]
}

describe('ObjectStore', () => {
  it('indexes as a fresh look at its content would, whatever happened', () => {
    const tag = fc.constantFrom('x', 'y', 'z')
    const step = fc.record({ name: fc.constantFrom('a', 'b', 'c'), tags: fc.array(tag), remove: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat({ max: 30 }), (steps, indexAt) => {
        const store = new ObjectStore<Row>()
        const model = new Map<string, Row>()
        steps.forEach(({ name, tags, remove }, i) => {
          if (i === indexAt) store.addIndex('tag', (row) => row.tags)
          const before = model.get(name)
          const change = remove
            ? store.remove({ namespace: '', name })
            : store.upsert({ namespace: '', name }, { name, tags }, String(i))
          const removed = before === undefined ? undefined : { kind: 'remove', last: before }
          expect(change).toEqual(remove ? removed : { kind: 'upsert', now: { name, tags }, before })
          if (remove) model.delete(name)
          else model.set(name, { name, tags })
        })
        if (steps.length <= indexAt) store.addIndex('tag', (row) => row.tags)
        expect(store.size).toBe(model.size)
        for (const each of ['x', 'y', 'z']) {
          const expected = [...model.values()].filter((row) => row.tags.includes(each))
          expect(new Set(store.byIndex('tag', each))).toEqual(new Set(expected))
        }
      }),
    )
  })
  it('keeps only what a list had', () => {
    const store = new ObjectStore<string>()
    store.upsert({ namespace: 'n', name: 'a' }, 'A', '1')
    store.upsert({ namespace: 'n', name: 'b' }, 'B', '2')
    expect(store.holds({ namespace: 'n', name: 'a' }, '1')).toBe(true)
    expect(store.holds({ namespace: 'n', name: 'a' }, '2')).toBe(false)
    expect(store.retain(new Set(['n/b']))).toEqual([{ kind: 'remove', last: 'A' }])
    expect([...store.values()]).toEqual(['B'])
  })
})
