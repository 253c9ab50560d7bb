// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { parseTarget } from './cgi.ts'

describe('parseTarget', () => {
  it.each([
    ['/a.git/info/refs?service=git-upload-pack', { path: '/a.git/info/refs', query: 'service=git-upload-pack' }],
    ['/a%20b.git/HEAD', { path: '/a b.git/HEAD', query: '' }],
    ['/a?b?c=d', { path: '/a', query: 'b?c=d' }],
    ['//host/x', { path: '//host/x', query: '' }],
    ['/a..b/x', { path: '/a..b/x', query: '' }],
  ])('splits %s', (target, parts) => {
    expect(parseTarget(target)).toEqual(parts)
  })

  it.each(['/../x', '/a/..%2f..', '/%2e%2e/x', '/%zz', 'x', '', '/a%00b'])('refuses %s', (target) => {
    expect(parseTarget(target)).toBeUndefined()
  })
})
