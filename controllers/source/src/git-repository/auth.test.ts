// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { readGitAccess } from './auth.ts'

const read = (url: string, data: Record<string, string> = {}) =>
  readGitAccess(url, new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)])), 'ns/creds')

const url = 'https://host/app.git'
const basic = { username: 'u', password: 'p' }

describe('readGitAccess', () => {
  it.each<[string, string, Record<string, string>, object]>([
    ['nothing', url, {}, { url, auth: {}, tls: {} }],
    ['a URL as it stands', 'HTTPS://Host:443/a b', {}, { url: 'HTTPS://Host:443/a b', auth: {}, tls: {} }],
    ['basic from the Secret', url, basic, { url, auth: { basic }, tls: {} }],
    [
      'basic from the URL, decoded',
      'https://u:p%40x@host/app.git',
      {},
      { url, auth: { basic: { username: 'u', password: 'p@x' } }, tls: {} },
    ],
    ['the Secret before the URL', 'https://x:y@host/app.git', basic, { url, auth: { basic }, tls: {} }],
    [
      'a user alone',
      'https://token@host/app.git',
      {},
      { url, auth: { basic: { username: 'token', password: '' } }, tls: {} },
    ],
    ['a bearer token before basic', url, { ...basic, bearerToken: 't' }, { url, auth: { bearer: 't' }, tls: {} }],
    ['an empty bearer token as none, basic or other', url, { ...basic, bearerToken: '' }, { url, auth: {}, tls: {} }],
    ['ca.crt before caFile', url, { 'ca.crt': 'a', caFile: 'b' }, { url, auth: {}, tls: { ca: Buffer.from('a') } }],
    [
      'caFile for an empty ca.crt',
      url,
      { 'ca.crt': '', caFile: 'b' },
      { url, auth: {}, tls: { ca: Buffer.from('b') } },
    ],
    [
      'a client certificate',
      url,
      { 'tls.crt': 'c', 'tls.key': 'k' },
      { url, auth: {}, tls: { cert: Buffer.from('c'), key: Buffer.from('k') } },
    ],
  ])('takes %s', (_what, address, data, access) => {
    expect(read(address, data)).toEqual(access)
  })

  it.each<[string, string, Record<string, string>, string, RegExp]>([
    ['a password alone', url, { password: 'p' }, 'AuthenticationFailed', /'https' auth option: 'password' requires/],
    ['half a certificate', url, { 'tls.key': 'k' }, 'AuthenticationFailed', /'ns\/creds' must have both/],
    ['a GitHub App', url, { githubAppID: '1' }, 'InvalidProviderConfiguration', /'ns\/creds' has github app data/],
    [
      'a bearer token with a user in the URL',
      'https://u@host/',
      { bearerToken: 't' },
      'GitOperationFailed',
      /same time/,
    ],
  ])('refuses %s', (_what, address, data, code, message) => {
    expect(() => read(address, data)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })
})
