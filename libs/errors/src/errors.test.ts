// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { CodedError, codeOf, errorMessage, hasCode, isTerminal, redact, redactUrl, terminal } from './index.ts'

class SampleError extends CodedError<'Broken' | 'Missing'> {}

describe('CodedError', () => {
  it('carries code, details, cause and the name of its class', () => {
    const cause = new Error('disk full')
    const error = new SampleError('Broken', 'writing the file', { cause, details: { path: 'a' } })
    expect(error).toMatchObject({ name: 'SampleError', code: 'Broken', details: { path: 'a' }, cause })
  })
  it('finds codes on the cause chain, and survives a cycle', () => {
    const inner = new SampleError('Missing', 'inner')
    const outer = new Error('outer', { cause: inner })
    inner.cause = outer
    expect(codeOf(outer)).toBe('Missing')
    expect(hasCode(outer, 'Missing')).toBe(true)
    expect(hasCode(outer, 'Broken')).toBe(false)
  })
})

describe('errorMessage', () => {
  it('joins causes and does not repeat what the outer message says', () => {
    const cause = new Error('connection refused')
    expect(errorMessage(new Error('fetching x', { cause }))).toBe('fetching x: connection refused')
    expect(errorMessage(new Error('fetching x: connection refused', { cause }))).toBe('fetching x: connection refused')
    expect(errorMessage(new AggregateError([new Error('a'), new Error('b')]))).toBe('a; b')
    expect(errorMessage('plain')).toBe('plain')
  })
})

describe('terminal', () => {
  it('is found through the chain', () => {
    expect(isTerminal(new Error('outer', { cause: terminal(new Error('bad spec')) }))).toBe(true)
    expect(isTerminal(new Error('outer'))).toBe(false)
  })
})

describe('redact', () => {
  it.each([
    ['https://user:pa55@host/x?token=abc&b=1#f', 'https://*****@host/x?token=*****&b=*****#f'],
    ['https://host/x', 'https://host/x'],
    ['https://tok3n@host/x', 'https://*****@host/x'],
    ['https://u:p@host/x//base?ref=v1.2&sig=abc', 'https://*****@host/x//base?ref=v1.2&sig=*****'],
    ['https://host/x?submodules=false&href=a', 'https://host/x?submodules=false&href=*****'],
    ['https://host/x?a=b=c', 'https://host/x?a=*****'],
  ])('hides the secrets of %s', (input, output) => {
    expect(redactUrl(input)).toBe(output)
    expect(redact(redact(`get ${input} failed`))).toBe(`get ${output} failed`)
  })
  it('hides the user information of each URL of a list', () => {
    const servers = 'nats://u:secret1@a:4222,nats://u:secret2@b:4222'
    expect(redactUrl(servers)).toBe('nats://*****@a:4222,nats://*****@b:4222')
    expect(redact(`connecting to ${servers}`)).toBe('connecting to nats://*****@a:4222,nats://*****@b:4222')
  })
  it('leaves the words around a URL', () => {
    expect(redact("'https://host/x?sig=abc': not there; see https://host/y?sig=abc; (https://host/z?sig=abc).")).toBe(
      "'https://host/x?sig=*****': not there; see https://host/y?sig=*****; (https://host/z?sig=*****).",
    )
  })
  it('leaves what the API server says of a Secret', () => {
    const told = 'unable to convert unstructured object to /v1, Kind=Secret: error decoding from json'
    expect(redact(told)).toBe(told)
    expect(redact('Kind=Deployment, secret=abc')).toBe('Kind=Deployment, secret=*****')
  })
  it('hides headers and assignments', () => {
    expect(redact('Authorization: Bearer abcdefgh12345')).not.toContain('abcdefgh12345')
    expect(redact('password=hunter2, next')).toBe('password=*****, next')
    expect(redact('{"token":"xyz123"}')).toBe('{"token":"*****"}')
  })
  it.each([
    'ConfigMap/apps/basic configured',
    'Secret/apps/my-token unchanged\nServiceAccount/apps/bearer configured',
    'Secret/apps/db-password: dry-run failed (Invalid)',
    'basic authentication failed: the bearer credentials are wrong, and token verification too',
  ])('leaves what names an object, or is prose: %s', (told) => expect(redact(told)).toBe(told))
  it('leaves the colon after a URL with a query', () => {
    expect(redact('GET https://host/x?token=abc: connection failed')).toBe(
      'GET https://host/x?token=*****: connection failed',
    )
  })
  it('is not led astray by slashes elsewhere', () => {
    expect(redact('text/plain token abcdefgh1 and/or password: hunter22')).toBe(
      'text/plain token ***** and/or password: *****',
    )
    expect(redact('replace /data/password: hunter22')).toBe('replace /data/password: *****')
    expect(redact('GET /hook/token=abcdef')).toBe('GET /hook/token=*****')
    expect(redact('Bearer authenticated1')).toBe('Bearer *****')
    expect(redact('password=*****tail')).toBe('password=*****')
  })
  it.each(['a.', 'eyJa.eyJ', '/token: ', '/a/basic abcdefghi ', 'https://', 'h://a', ')', 'token ', 'password=', 'a'])(
    'takes no longer than the length of a text accounts for: %s',
    (part) => {
      // what starts anew at each character would take minutes
      const long = part.repeat(1_000_000)
      for (const text of [long, `x://${long}b`, `x://h?${long}`]) expect(redact(text).length).toBeGreaterThan(0)
    },
  )
  it('cuts what nobody would read', () => {
    const long = redact(`password=hunter2 ${'a'.repeat(300_000)}`)
    expect(long.length).toBeLessThanOrEqual(256 * 1024)
    expect(long).toMatch(/^password=\*{5} a+ … \(cut\)$/)
    expect(redact(long)).toBe(long)
  })
  it('hides what stands in further parameters, and behind further question marks', () => {
    expect(redactUrl('https://h/?a&ref=v1&sig=abc&x?y=z=1#f')).toBe('https://h/?a&ref=v1&sig=*****&x?y=*****#f')
  })
})
