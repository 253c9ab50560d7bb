// SPDX-License-Identifier: Apache-2.0
import { Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { HttpError, isRetryable, parseRetryAfter, requireStatus, retry, type RetryOptions } from './index.ts'

function options(overrides: Partial<RetryOptions> = {}): RetryOptions & { waits: number[] } {
  const waits: number[] = []
  const clock = {
    now: () => 0,
    sleep: (ms: number) => {
      waits.push(ms)
      return Promise.resolve()
    },
  }
  return { attempts: 4, baseMs: 100, maxMs: 300, clock, random: () => 1, waits, ...overrides }
}

const lost = (): HttpError => new HttpError('ConnectionLost', 'lost')
const status = (code: number, retryAfterMs?: number): HttpError =>
  new HttpError('BadStatus', 'bad', {
    details: { status: code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  })

describe('retry', () => {
  it('doubles the delay up to its bound, then throws the last error', async () => {
    const given = options()
    const runs: number[] = []
    const act = retry((attempt) => Promise.reject(new HttpError('Timeout', String(runs.push(attempt)))), given)
    await expect(act).rejects.toThrow('4')
    expect(runs).toEqual([1, 2, 3, 4])
    expect(given.waits).toEqual([100, 200, 300])
  })
  it('spreads delays over the upper half', async () => {
    const given = options({ attempts: 2, random: () => 0 })
    await expect(retry(() => Promise.reject(lost()), given)).rejects.toThrow('lost')
    expect(given.waits).toEqual([50])
  })
  it('returns the first success', async () => {
    const given = options()
    await expect(
      retry((attempt) => (attempt < 3 ? Promise.reject(lost()) : Promise.resolve(attempt)), given),
    ).resolves.toBe(3)
  })
  it('does not repeat what cannot help', async () => {
    const given = options()
    await expect(retry(() => Promise.reject(status(404)), given)).rejects.toThrow('bad')
    expect(given.waits).toEqual([])
  })
  it('waits as long as the server asks', async () => {
    const given = options({ attempts: 2 })
    await expect(retry(() => Promise.reject(status(429, 250)), given)).rejects.toThrow('bad')
    expect(given.waits).toEqual([250])
  })
  it('gives up when the server asks for more than the bound', async () => {
    const given = options()
    await expect(retry(() => Promise.reject(status(503, 301)), given)).rejects.toMatchObject({
      details: { retryAfterMs: 301 },
    })
    expect(given.waits).toEqual([])
  })
  it('ignores Retry-After when told so', async () => {
    const given = options({ attempts: 2, honourRetryAfter: false })
    await expect(retry(() => Promise.reject(status(503, 999)), given)).rejects.toThrow('bad')
    expect(given.waits).toEqual([100])
  })
  it('ends with the reason of the signal', async () => {
    const controller = new AbortController()
    const given = options({ signal: controller.signal })
    const act = retry(() => {
      controller.abort(new Error('stopped'))
      return Promise.reject(lost())
    }, given)
    await expect(act).rejects.toThrow('stopped')
  })
})

describe('isRetryable', () => {
  it.each([
    [status(408), true],
    [status(429), true],
    [status(500), true],
    [status(503), true],
    [status(501), false],
    [status(401), false],
    [lost(), true],
    [new HttpError('ConnectFailed', ''), true],
    [new HttpError('Timeout', ''), true],
    [new HttpError('TlsFailed', ''), false],
    [new HttpError('BodyTooLarge', ''), false],
    [new Error('x'), false],
  ])('%j: %s', (error, expected) => {
    expect(isRetryable(error)).toBe(expected)
  })
})

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-11-21T10:00:00Z')
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5000],
    ['Sat, 21 Nov 2026 10:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
    ['99999999999999', undefined],
  ])('%s → %s', (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected)
  })
})

describe('requireStatus', () => {
  const response = (code: number, headers = {}) => ({
    status: code,
    headers,
    url: 'https://a.io/x?token=s3cret',
    credentialsDropped: false,
    body: Readable.from(['x']),
  })
  it('passes 2xx', () => {
    const given = response(204)
    expect(requireStatus(given, { now: 0 })).toBe(given)
  })
  it('names method, URL without secrets, status and delay, and lets go of the body', () => {
    const given = response(503, { 'retry-after': '7' })
    expect(() => requireStatus(given, { method: 'PUT', now: 0 })).toThrow(
      expect.objectContaining({
        code: 'BadStatus',
        message: 'PUT https://a.io/x?token=*****: unexpected status 503',
        details: { status: 503, retryAfterMs: 7000 },
      }),
    )
    expect(given.body.destroyed).toBe(true)
  })
})
