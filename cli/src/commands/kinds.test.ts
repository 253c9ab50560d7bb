// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { commandKinds, parseKind, readyOf, shortRevision } from './kinds.ts'
import type { Listed } from './kinds.ts'

describe('parseKind', () => {
  it.each([
    ['sources git', 'GitRepository', []],
    ['source git fleet', 'GitRepository', ['fleet']],
    ['gitrepo fleet', 'GitRepository', ['fleet']],
    ['ks', 'Kustomization', []],
    ['kustomizations git', 'Kustomization', ['git']],
  ])('%s', (line, kind, rest) => {
    const parsed = parseKind(line.split(' '))
    expect({ kind: parsed.kind.kind.kind, rest: parsed.rest }).toEqual({ kind, rest })
  })

  it.each([[], ['sources'], ['git'], ['sources', 'helm']])('refuses %j', (...words) => {
    expect(() => parseKind(words)).toThrow('known: sources git, kustomizations')
  })
})

describe('shortRevision', () => {
  const hash = '2f4b2c1d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b'
  it.each([
    [`main@sha1:${hash}`, 'main@sha1:2f4b2c1d'],
    [`sha1:${hash}`, 'sha1:2f4b2c1d'],
    [`refs/pull/1/head@sha1:${hash}`, 'refs/pull/1/head@sha1:2f4b2c1d'],
    ['6.7.0', '6.7.0'],
    ['', ''],
  ])('%s', (revision, short) => expect(shortRevision(revision)).toBe(short))
})

describe('an object that no controller has seen', () => {
  const bare: Listed = { apiVersion: 'v1', kind: 'Any', metadata: { name: 'a' } }
  it.each([
    ['without a status', bare],
    ['with an empty one', { ...bare, status: {} }],
    ['with other conditions only', { ...bare, status: { conditions: [] } }],
  ])('%s is waiting, at no revision', (_title, object) => {
    expect(readyOf(object)).toEqual({ status: 'Unknown', message: 'waiting to be reconciled' })
    expect(commandKinds.map(({ revision }) => revision(object))).toEqual(['', ''])
  })
})
