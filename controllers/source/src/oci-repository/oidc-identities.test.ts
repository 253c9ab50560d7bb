// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { readIdentities } from './oidc-identities.ts'

const read = (issuer: string, subject: string) =>
  readIdentities({ provider: 'cosign', matchOIDCIdentity: [{ issuer, subject }] })

describe('readIdentities', () => {
  it.each([
    ['^https://github\\.com/org/.*$', 'https://github.com/org/app', true],
    ['github\\.com/org', 'https://evil.example/github.com/org', true],
    ['^https://github\\.com/org', 'https://evil.example/github.com/org', false],
    ['(?i)ORG', 'https://github.com/org', true],
    ['(?P<name>org)', 'org', true],
    ['', 'anyone', true],
    ['^.$', '\n', false],
  ])('matches as Go does, anywhere unless anchored: %s in %s', (pattern, text, expected) => {
    const [identity] = read(pattern, pattern)
    expect([identity?.issuer(text), identity?.subject(text)]).toEqual([expected, expected])
  })
  it.each([
    '(',
    'a**',
    '(?=look)',
    '\\1',
    'a'.repeat(1001),
    '((a{100}){10}){10}',
    '(?:\\pL{500}){2}x(?:\\pL{500}){2}(?:a{1000})(?:b{1000})'.repeat(8),
  ])('refuses %s', (pattern) => {
    expect(() => read('^$', pattern)).toThrow(/^malformed subject in identity: /)
  })
  it('takes no time over a pattern that other engines choke on', () => {
    const [identity] = read('^(a+)+$', '^(([a-z])+.)+[A-Z]([a-z])+$')
    expect([identity?.issuer(`${'a'.repeat(5000)}!`), identity?.subject('a'.repeat(5000))]).toEqual([false, false])
  })
  it('asks for no one without a list', () => {
    expect(readIdentities({ provider: 'cosign' })).toEqual([])
  })
})
