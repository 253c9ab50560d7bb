// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { GitAccess } from './access.ts'
import { accessTo } from './check-out.ts'
import { mayHold } from './sparse.ts'

describe('the access to the repository of a submodule', () => {
  const ssh = { identity: 'secret', knownHosts: 'host ssh-ed25519 AAAA' } as unknown as NonNullable<GitAccess['ssh']>
  const proxy = { url: 'http://proxy:3128' } as unknown as NonNullable<GitAccess['proxy']>
  const access: GitAccess = {
    url: 'https://git.example.com/org/main.git',
    auth: { basic: { username: 'ada', password: 'secret' } },
    tls: { ca: 'authority', cert: 'certificate', key: 'secret' },
    ssh,
    proxy,
  }

  it('is the whole one on the same server', () => {
    const url = 'https://git.example.com/org/lib.git'
    expect(accessTo(url, access)).toEqual({ ...access, url })
  })

  it.each([
    'https://other.example.com/org/lib.git',
    'http://git.example.com/org/lib.git',
    'https://git.example.com:8443/org/lib.git',
    'ssh://git@git.example.com/org/lib.git',
  ])('holds no secret at %s', (url) => {
    expect(accessTo(url, access)).toEqual({ url, auth: {}, tls: { ca: 'authority' }, proxy })
    expect(accessTo(url, { url: access.url })).toEqual({ url, auth: {}, tls: {} })
  })
})

it.each([
  ['libs', ['libs/a'], true],
  ['libs/a', ['libs'], true],
  ['libs/a', ['libs/a/'], true],
  ['libs', ['.'], true],
  ['lib', ['libs/a'], false],
  ['other', ['libs', 'apps/'], false],
])('a submodule at %s may hold something of %j: %s', (path, directories, may) => {
  expect(mayHold(path, directories)).toBe(may)
})
