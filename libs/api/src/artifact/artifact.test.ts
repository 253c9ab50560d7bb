// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Artifact } from '../schema/shapes.ts'
import { hasDigest, hasRevision } from './artifact.ts'
import { formatRevision, parseRevision } from './revision.ts'

const sha1 = 'a'.repeat(40)
const sha256 = 'b'.repeat(64)

describe('parseRevision', () => {
  it.each([
    [`main@sha1:${sha1}`, { name: 'main', algorithm: 'sha1', hash: sha1 }],
    [`feature/x@y@sha1:${sha1}`, { name: 'feature/x@y', algorithm: 'sha1', hash: sha1 }],
    [`refs/pull/1/head@sha1:${sha1}`, { name: 'refs/pull/1/head', algorithm: 'sha1', hash: sha1 }],
    [`sha1:${sha1}`, { name: '', algorithm: 'sha1', hash: sha1 }],
    [`latest@sha256:${sha256}`, { name: 'latest', algorithm: 'sha256', hash: sha256 }],
    [`sha256:${sha256}`, { name: '', algorithm: 'sha256', hash: sha256 }],
    ['1.2.3', { name: '1.2.3' }],
    ['1.2.3+abcdef012345', { name: '1.2.3+abcdef012345' }],
    ['', { name: '' }],
  ])('reads %s', (text, revision) => {
    expect(parseRevision(text)).toEqual(revision)
    expect(formatRevision(parseRevision(text))).toBe(text)
  })
  it.each([
    [`main/${sha1}`, `main@sha1:${sha1}`],
    [`feature/x/${sha1}`, `feature/x@sha1:${sha1}`],
    [`HEAD/${sha1}`, `sha1:${sha1}`],
    [sha1, `sha1:${sha1}`],
    [sha256, `sha256:${sha256}`],
    [`latest/${sha256}`, `latest@sha256:${sha256}`],
  ])('brings the old form %s up to date', (old, current) => {
    expect(formatRevision(parseRevision(old))).toBe(current)
  })
})

it('compares revision and digest of an artifact that may be missing', () => {
  const artifact: Artifact = { digest: 'sha256:1', revision: 'v1', path: 'p', url: 'u', lastUpdateTime: 't' }
  expect([hasRevision(artifact, 'v1'), hasRevision(artifact, 'v2'), hasRevision(undefined, 'v1')]).toEqual([
    true,
    false,
    false,
  ])
  expect([hasDigest(artifact, 'sha256:1'), hasDigest(artifact, 'v1'), hasDigest(undefined, '')]).toEqual([
    true,
    false,
    false,
  ])
})
