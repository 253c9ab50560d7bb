// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Action, ChangeSet } from '@tidelock/ssa'
import { UnconfirmedWrites } from './unconfirmed-writes.ts'

const key = { namespace: 'flux-system', name: 'apps' }
const changes = (...all: [name: string, action: Action][]): ChangeSet =>
  all.map(([name, action]) => ({
    object: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name },
    subject: `ConfigMap/apps/${name}`,
    action,
  }))

describe('UnconfirmedWrites', () => {
  it('tells what was found done as what it was, once', () => {
    const writes = new UnconfirmedWrites()
    writes.note(key, changes(['a', 'created']))
    writes.note(key, changes(['b', 'configured'], ['c', 'created']))
    const found = changes(['a', 'unchanged'], ['b', 'unchanged'], ['c', 'created'], ['d', 'unchanged'])
    const told = changes(['a', 'created'], ['b', 'configured'], ['c', 'created'], ['d', 'unchanged'])
    expect(writes.confirm(key, found)).toEqual(told)
    expect(writes.confirm(key, found)).toEqual(found)
  })

  it('knows one object from another, and nothing of one that is gone', () => {
    const writes = new UnconfirmedWrites()
    writes.note(key, changes(['a', 'created']))
    const found = changes(['a', 'unchanged'])
    expect(writes.confirm({ ...key, name: 'other' }, found)).toEqual(found)
    writes.forget(key)
    expect(writes.confirm(key, found)).toEqual(found)
  })
})
