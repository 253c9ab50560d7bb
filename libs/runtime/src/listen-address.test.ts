// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { parseListenAddress } from './listen-address.ts'

describe('parseListenAddress', () => {
  it.each([
    [':8080', { host: undefined, port: 8080 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['localhost:9440', { host: 'localhost', port: 9440 }],
    ['[::1]:9440', { host: '::1', port: 9440 }],
    ['', undefined],
    ['0', undefined],
  ])('%j', (text, expected) => {
    expect(parseListenAddress('--x', text)).toEqual(expected)
  })
  it.each(['8080', 'host', ':99999', '::1:80', ':http', 'a b:1:2'])('refuses %j', (text) => {
    expect(() => parseListenAddress('--x', text)).toThrow('--x')
  })
})
