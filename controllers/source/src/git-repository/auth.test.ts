// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { readGitAccess, urlProblem } from './auth.ts'

const secret = (data: Record<string, string>): Map<string, Buffer> =>
  new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)]))

describe('readGitAccess', () => {
  it.each([
    ['nothing', 'https://host/x', {}, {}],
    ['basic', 'https://host/x', { username: 'u', password: 'p' }, { basic: { username: 'u', password: 'p' } }],
    ['bearer over basic', 'https://host/x', { username: 'u', password: 'p', bearerToken: 't' }, { bearer: 't' }],
    ['user information', 'https://u:p%40@host/x', {}, { basic: { username: 'u', password: 'p@' } }],
    [
      'the Secret over it',
      'https://u:p@host/x',
      { username: 'v', password: 'q' },
      { basic: { username: 'v', password: 'q' } },
    ],
  ])('reads %s', (_name, url, data, auth) => {
    const access = readGitAccess(url, secret(data), 'ns/auth')
    expect(access.auth).toEqual(auth)
    expect(access.url).toBe('https://host/x')
  })
  it.each([
    ['a password alone', { password: 'p' }, "'password' requires 'username'"],
    ['a certificate without its key', { 'tls.crt': 'c' }, "both 'tls.crt' and 'tls.key'"],
    ['an app without its provider', { githubAppID: '1' }, 'provider is not set to github'],
  ])('refuses %s', (_name, data, message) => {
    expect(() => readGitAccess('https://host/x', secret(data), 'ns/auth')).toThrow(message)
  })
  it('prefers ca.crt', () => {
    const { tls } = readGitAccess('https://host/x', secret({ 'ca.crt': 'a', caFile: 'b' }), 'ns/auth')
    expect(tls).toEqual({ ca: Buffer.from('a') })
  })
})

describe('urlProblem', () => {
  it.each([
    ['https://host/x', undefined],
    ['https://u:p%40@host/x', undefined],
    ['https://u:%zz@host/x', 'percent sign'],
    ['https://', 'absolute'],
  ])('judges %s', (url, problem) => {
    if (problem === undefined) expect(urlProblem(url)).toBeUndefined()
    else expect(urlProblem(url)).toContain(problem)
  })
})
