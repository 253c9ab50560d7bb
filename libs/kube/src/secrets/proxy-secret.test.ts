// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { parseProxySecret } from './proxy-secret.ts'

const parse = (data: Record<string, string>) =>
  parseProxySecret(new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)])), 'ns/proxy')

describe('parseProxySecret', () => {
  it.each<[Record<string, string>, object]>([
    [{ address: 'http://proxy:3128' }, { url: 'http://proxy:3128' }],
    [{ address: 'https://proxy' }, { url: 'https://proxy' }],
    [{ address: 'socks5://u:p@proxy:1080' }, { url: 'socks5://u:p@proxy:1080' }],
    [
      { address: 'http://p', username: 'u', password: 'x' },
      { url: 'http://p', username: 'u', password: 'x' },
    ],
    [
      { address: 'http://p', username: 'u' },
      { url: 'http://p', username: 'u' },
    ],
    [{ address: 'http://p', password: 'x' }, { url: 'http://p' }],
  ])('takes %j', (data, proxy) => {
    expect(parse(data)).toEqual(proxy)
  })

  it.each<[Record<string, string>, RegExp]>([
    [{}, /^secret 'ns\/proxy': key 'address' not found$/],
    [{ address: '' }, /^secret 'ns\/proxy': proxy address is empty/],
    [
      { address: `http://${'a'.repeat(2042)}` },
      /^secret 'ns\/proxy': key 'address': proxy URL exceeds maximum length of 2048/,
    ],
    [{ address: 'hunter2 not a url' }, /^secret 'ns\/proxy': failed to parse proxy address: key 'address'/],
    [{ address: 'http://u:hunter2@' }, /^secret 'ns\/proxy': failed to parse proxy address/],
    [{ address: 'ftp://u:hunter2@p' }, /supported schemes \(http, https, socks5\), got 'ftp'$/],
    [{ address: 'proxy:3128' }, /failed to parse proxy address|got 'proxy'$/],
  ])('refuses %j', (data, message) => {
    expect(() => parse(data)).toThrow(message)
    expect(() => parse(data)).not.toThrow('hunter2')
  })
})
