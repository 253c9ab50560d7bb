// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { KubeError } from './kube-error.ts'
import type { KubeErrorCode, KubeErrorOptions } from './kube-error.ts'
import { defaultRetryPolicy, retryDelayMs } from './retry.ts'

const error = (code: KubeErrorCode, options: KubeErrorOptions, message: string = 'x'): KubeError =>
  new KubeError(code, message, options)

const cases: [string, KubeError, idempotent: boolean, once: boolean][] = [
  ['429', error('TooManyRequests', { status: 429 }), true, true],
  ['a refused connection', error('Unreachable', { sent: false }), true, true],
  ['a lost connection', error('Unreachable', { sent: true }), true, false],
  ['no answer in time', error('Timeout', { sent: true }), true, false],
  ['502', error('ServerError', { status: 502 }), true, false],
  ['503', error('ServerError', { status: 503 }), true, false],
  ['504', error('Timeout', { status: 504 }), true, false],
  ['500 that says when', error('ServerError', { status: 500, retryAfterMs: 1000 }), true, false],
  ['500 of etcd', error('ServerError', { status: 500 }, 'etcdserver: leader changed'), true, false],
  ['500 of a webhook', error('ServerError', { status: 500 }, 'failed calling webhook'), false, false],
  ['a certificate that is not trusted', error('TlsFailed', { sent: false }), false, false],
  ['409', error('Conflict', { status: 409 }), false, false],
  ['403', error('Forbidden', { status: 403 }), false, false],
]

describe('retryDelayMs', () => {
  it.each(cases)('%s', (_name, failure, idempotent, once) => {
    expect(retryDelayMs(failure, 1, 'idempotent', defaultRetryPolicy, Math.random) !== undefined).toBe(idempotent)
    expect(retryDelayMs(failure, 1, 'once', defaultRetryPolicy, Math.random) !== undefined).toBe(once)
  })
  it('grows, is bounded, and ends', () => {
    const failure = error('ServerError', { status: 503 })
    const delays = [1, 2, 3, 4, 5].map((n) => retryDelayMs(failure, n, 'idempotent', defaultRetryPolicy, () => 1))
    expect(delays).toEqual([200, 400, 800, 1600, undefined])
  })
  it('waits at least what the server asks, and throws when that is too long', () => {
    const asks = (retryAfterMs: number): number | undefined =>
      retryDelayMs(error('TooManyRequests', { status: 429, retryAfterMs }), 1, 'once', defaultRetryPolicy, () => 0.5)
    expect(asks(1000)).toBe(1100)
    expect(asks(60_000)).toBeUndefined()
  })
})
