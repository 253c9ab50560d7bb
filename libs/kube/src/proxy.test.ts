// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { proxyFor } from './proxy.ts'

describe('proxyFor', () => {
  const proxy = 'http://proxy:3128'
  it.each([
    ['https://10.96.0.1', { HTTPS_PROXY: proxy }, proxy],
    ['https://10.96.0.1', { https_proxy: 'proxy:3128' }, proxy],
    ['http://10.96.0.1', { HTTPS_PROXY: proxy }, undefined],
    ['https://10.96.0.1', {}, undefined],
    ['https://127.0.0.1:6443', { HTTPS_PROXY: proxy }, undefined],
    ['https://localhost:6443', { HTTPS_PROXY: proxy }, undefined],
    ['https://[::1]:6443', { HTTPS_PROXY: proxy }, undefined],
    ['https://10.96.0.1', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, undefined],
    ['https://10.96.0.1', { HTTPS_PROXY: proxy, NO_PROXY: 'x, 10.0.0.0/8' }, undefined],
    ['https://11.96.0.1', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, proxy],
    ['https://[fd00::1]', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/16' }, undefined],
    ['https://api.corp.io', { HTTPS_PROXY: proxy, NO_PROXY: 'corp.io' }, undefined],
    ['https://api.corp.io', { HTTPS_PROXY: proxy, NO_PROXY: '.corp.io' }, undefined],
    ['https://corp.io', { HTTPS_PROXY: proxy, NO_PROXY: '.corp.io' }, proxy],
    ['https://notcorp.io', { HTTPS_PROXY: proxy, NO_PROXY: 'corp.io' }, proxy],
    ['https://corp.io:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'corp.io:6443' }, undefined],
    ['https://corp.io:6443', { HTTPS_PROXY: proxy, NO_PROXY: 'corp.io:443' }, proxy],
    ['https://corp.io', { HTTPS_PROXY: proxy, NO_PROXY: 'corp.io:443,10.0.0.0/99' }, undefined],
  ])('%s with %j: %s', (server, env, expected) => {
    expect(proxyFor(server, env)).toBe(expected)
  })
})
