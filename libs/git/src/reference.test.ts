// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { parseReference } from './reference.ts'
import type { GitRef } from './types.ts'

const sha = 'a0c14dc8580a23f79bc654faa79c4f62b46c2c22'

describe('parseReference', () => {
  it.each<[GitRef, object]>([
    [{}, { kind: 'ref', refName: 'refs/heads/master', absolute: false }],
    [{ branch: '' }, { kind: 'ref', refName: 'refs/heads/master', absolute: false }],
    [{ branch: 'feature/x' }, { kind: 'ref', refName: 'refs/heads/feature/x', absolute: false }],
    [
      { branch: 'b', tag: 'v1' },
      { kind: 'ref', refName: 'refs/tags/v1', absolute: false },
    ],
    [
      { branch: 'b', tag: 'v1', semver: '1.x' },
      { kind: 'semver', range: '1.x' },
    ],
    [
      { branch: 'b', tag: 'v1', semver: '1.x', name: 'refs/pull/1/head' },
      { kind: 'ref', refName: 'refs/pull/1/head', absolute: true },
    ],
    [{ commit: sha }, { kind: 'commit', resolved: { commit: sha, revision: `sha1:${sha}`, pinned: true } }],
    [
      { commit: sha.toUpperCase() },
      { kind: 'commit', resolved: { commit: sha, revision: `sha1:${sha}`, pinned: true } },
    ],
    [
      { commit: sha, branch: 'main', tag: 'v1' },
      {
        kind: 'commit',
        resolved: { commit: sha, refName: 'refs/heads/main', revision: `main@sha1:${sha}`, pinned: true },
      },
    ],
    [
      { commit: sha, branch: 'main', name: 'refs/heads/x' },
      {
        kind: 'commit',
        resolved: { commit: sha, refName: 'refs/heads/x', revision: `refs/heads/x@sha1:${sha}`, pinned: true },
      },
    ],
  ])('%j', (ref, wanted) => {
    expect(parseReference(ref)).toEqual(wanted)
  })
  it.each<GitRef>([
    { name: '/refs/heads/x' },
    { name: 'refs/heads/x/' },
    { branch: 'x/' },
    { branch: 'a b' },
    { branch: 'a\nb' },
    { branch: 'a\0b' },
    { branch: '../x' },
    { branch: 'a//b' },
    { branch: 'a*' },
    { tag: 'a@{1}' },
    { tag: 'x'.repeat(2000) },
    { commit: 'main' },
    { commit: sha.slice(0, 39) },
    { commit: `${sha}0` },
    { commit: sha, branch: 'a\nb' },
  ])('refuses %j', (ref) => {
    expect(() => parseReference(ref)).toThrow(expect.objectContaining({ code: 'InvalidReference' }))
  })
})
