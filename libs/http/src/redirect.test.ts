// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { type Hop, keepsCredentials, nextHop } from './redirect.ts'

const hop = (url: string, overrides: Partial<Hop> = {}): Hop => ({
  method: 'GET',
  url: new URL(url),
  headers: { authorization: 'Bearer t', cookie: 'a=b', 'x-key': 'k', accept: '*/*' },
  credentialsDropped: false,
  ...overrides,
})

describe('keepsCredentials', () => {
  it.each([
    ['https://a.io/x', 'https://a.io/y', true],
    ['https://a.io/x', 'https://a.io:443/y', true],
    ['http://a.io/x', 'https://a.io/y', true],
    ['http://a.io:8080/x', 'https://a.io/y', false],
    ['http://a.io/x', 'https://a.io:8443/y', false],
    ['https://a.io/x', 'https://b.a.io/y', false],
    ['https://a.io/x', 'https://a.io:8443/y', false],
    ['https://a.io/x', 'http://a.io/y', false],
    ['https://a.io/x', 'https://a.io.evil.io/y', false],
  ])('%s → %s: %s', (from, to, kept) => {
    expect(keepsCredentials(new URL(from), new URL(to))).toBe(kept)
  })
})

describe('nextHop', () => {
  it.each([200, 300, 304, 404])('status %i leads nowhere', (status) => {
    expect(nextHop(hop('https://a.io/x'), { status, location: '/y' })).toBeUndefined()
  })
  it('needs a Location', () => {
    expect(nextHop(hop('https://a.io/x'), { status: 302, location: undefined })).toBeUndefined()
  })
  it('keeps everything on the same origin, and resolves relative targets', () => {
    const next = nextHop(hop('https://a.io/x/y'), { status: 302, location: '../z?q=1#f' })
    expect(next).toMatchObject({ credentialsDropped: false, headers: hop('https://a.io').headers })
    expect(next?.url.href).toBe('https://a.io/z?q=1')
  })
  it('leaves credentials behind on another origin, named ones too, and never takes them up again', () => {
    const away = nextHop(hop('https://a.io/x'), { status: 307, location: 'https://b.io/' }, ['x-key'])
    expect(away).toMatchObject({ credentialsDropped: true, headers: { accept: '*/*' } })
    const back = nextHop(away!, { status: 307, location: 'https://a.io/x' }, ['x-key'])
    expect(back).toMatchObject({ credentialsDropped: true })
    expect(back?.headers).toEqual({ accept: '*/*' })
  })
  it('finds credential headers in any case', () => {
    const next = nextHop(hop('https://a.io/', { headers: { Authorization: 'x', Cookie: 'y' } }), {
      status: 302,
      location: 'https://b.io/',
    })
    expect(next?.headers).toEqual({})
  })
  it('ignores user information in the target', () => {
    const next = nextHop(hop('https://a.io/x'), { status: 302, location: 'https://u:p@a.io/y' })
    expect(next?.url.href).toBe('https://a.io/y')
  })
  it.each([
    ['POST', 301, 'GET'],
    ['POST', 302, 'GET'],
    ['POST', 303, 'GET'],
    ['PUT', 303, 'GET'],
    ['PUT', 302, 'PUT'],
    ['POST', 307, 'POST'],
    ['POST', 308, 'POST'],
    ['HEAD', 303, 'HEAD'],
  ])('%s with %i becomes %s', (method, status, expected) => {
    const next = nextHop(hop('https://a.io/x', { method, body: 'b', headers: { 'content-type': 'text/plain' } }), {
      status,
      location: '/y',
    })
    expect(next?.method).toBe(expected)
    const keeps = expected !== 'GET'
    expect(next?.body).toBe(keeps ? 'b' : undefined)
    expect(next?.headers).toEqual(keeps ? { 'content-type': 'text/plain' } : {})
  })
  it.each([
    ['http://a.io/x', 'from https to http'],
    ['ftp://a.io/x', 'neither http: nor https:'],
    ['file:///etc/passwd', 'neither http: nor https:'],
    ['https://[', 'not a URL'],
  ])('refuses %s', (location, why) => {
    const act = () => nextHop(hop('https://a.io/x?token=s3cret'), { status: 302, location })
    expect(act).toThrow(expect.objectContaining({ code: 'RedirectRefused', message: expect.stringContaining(why) }))
    expect(act).not.toThrow(/s3cret/)
  })
})
