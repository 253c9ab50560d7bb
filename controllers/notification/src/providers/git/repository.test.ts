// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { reasonInWords } from '../words.ts'
import { readOwned, readRepository } from './repository.ts'

describe('readRepository', () => {
  it.each([
    ['https://github.com/org/app', 'https://github.com', 'org/app'],
    ['https://user@git.example:8443/a/b/c.git', 'https://git.example:8443', 'a/b/c'],
    ['http://git.example/org/app.git', 'http://git.example', 'org/app'],
    ['ssh://git@git.example:2222/org/app.git', 'https://git.example:2222', 'org/app'],
    ['git@github.com:org/app.git', 'https://github.com', 'org/app'],
  ])('reads %s', (address, origin, id) => {
    expect(readRepository({ address })).toEqual({ origin, id })
  })
  it.each(['', 'github.com/org/app', 'ftp://host/org/app', 'https://github.com', 'https://github.com/.git'])(
    'refuses %j without showing it',
    (address) => {
      expect(() => readRepository({ address })).toThrow(/invalid repository address: spec.address/)
    },
  )
  it('knows what is no owner and repository', () => {
    expect(readOwned({ address: 'https://h/org/app' })).toMatchObject({ owner: 'org', name: 'app' })
    expect(() => readOwned({ address: 'https://h/group/org/app' })).toThrow(/'group\/org\/app' is not owner/)
  })
})

describe('reasonInWords', () => {
  it.each([
    ['ReconciliationSucceeded', 'reconciliation succeeded'],
    ['OCIArtifactPullFailed', 'oci artifact pull failed'],
    ['Progressing', 'progressing'],
    ['info', 'info'],
    ['Sha256Differs', 'sha 256 differs'],
    ['', ''],
  ])('%s is "%s"', (reason, words) => {
    expect(reasonInWords({ reason })).toBe(words)
  })
})
