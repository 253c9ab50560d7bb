// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { isExpired, parseRetryAfter, toAnswerError, toStatusError } from './status-error.ts'

const context = { method: 'GET', path: '/api/v1/namespaces/a/configmaps/b?x=secret' }
const status = (code: number, reason: string, more: object = {}): string =>
  JSON.stringify({ kind: 'Status', code, reason, message: 'the server says', details: { name: 'b' }, ...more })

describe('toAnswerError', () => {
  it.each([
    [404, 'NotFound', 'NotFound'],
    [409, 'AlreadyExists', 'AlreadyExists'],
    [409, 'Conflict', 'Conflict'],
    [422, 'Invalid', 'Invalid'],
    [410, 'Expired', 'Gone'],
    [410, 'Gone', 'Gone'],
    [403, 'Forbidden', 'Forbidden'],
    [401, 'Unauthorized', 'Unauthorized'],
    [429, 'TooManyRequests', 'TooManyRequests'],
    [500, 'InternalError', 'ServerError'],
    [503, 'ServiceUnavailable', 'ServerError'],
    [504, 'Timeout', 'Timeout'],
    [500, 'ServerTimeout', 'Timeout'],
    [415, 'UnsupportedMediaType', 'UnsupportedMediaType'],
    [413, 'RequestEntityTooLarge', 'RequestTooLarge'],
    [418, 'NeverHeardOf', 'BadRequest'],
    [599, 'NeverHeardOf', 'ServerError'],
  ])('%d %s is %s, in the words of the server', (code, reason, expected) => {
    expect(toAnswerError(code, status(code, reason), context)).toMatchObject({
      code: expected,
      status: code,
      reason,
      message: 'the server says',
    })
  })
  it('carries causes, Retry-After and the object', () => {
    const causes = [{ reason: 'FieldManagerConflict', message: 'conflict with "x"', field: '.spec.replicas' }]
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'b' }
    const body = status(409, 'Conflict', { details: { name: 'b', causes, retryAfterSeconds: 3 } })
    expect(toAnswerError(409, body, { ...context, ref })).toMatchObject({ causes, ref, retryAfterMs: 3000 })
    expect(toAnswerError(429, body, { ...context, retryAfter: '7' })).toMatchObject({ retryAfterMs: 7000 })
  })
  it('hides values that the server quotes when their type is wrong: they may be those of a Secret', () => {
    const head = 'failed to create typed patch object (ns/a; /v1, Kind=Secret): '
    const error = (message: string): string => toStatusError({ code: 500, message }, context).message
    expect(error(`${head}.data.pin: expected string, got &value.valueUnstructured{Value:987654}`)).toBe(
      `${head}.data.pin: expected string, got *****`,
    )
    expect(error(`${head}.stringData: expected map, got &{hunter\n2}`)).toBe(
      `${head}.stringData: expected map, got *****`,
    )
    expect(error(`${head}errors:\n  .a: expected map, got &{hunter}\n  .b: expected list, got &{2}`)).toBe(
      `${head}errors:\n  .a: expected map, got *****\n  .b: expected list, got *****`,
    )
    const causes = [{ message: '.a: expected map, got &{hunter}', field: 'a' }]
    expect(toStatusError({ code: 422, message: 'no', details: { causes } }, context).causes).toEqual([
      { message: '.a: expected map, got *****', field: 'a' },
    ])
  })

  it('tells a missing object from a missing kind', () => {
    expect(toAnswerError(404, status(404, 'NotFound', { details: {} }), context).code).toBe('KindNotFound')
    expect(toAnswerError(404, '404 page not found\n', context)).toMatchObject({
      code: 'KindNotFound',
      message: 'GET /api/v1/namespaces/a/configmaps/b: status 404: 404 page not found',
    })
  })
  it('quotes nothing of an answer that is no Status, and not the query', () => {
    const error = toAnswerError(502, `<html>${'x'.repeat(5000)}`, context)
    expect(error.code).toBe('ServerError')
    expect(error.message).not.toContain('secret')
    expect(error.message).toBe('GET /api/v1/namespaces/a/configmaps/b: status 502')
    expect(toAnswerError(500, 'null', context).code).toBe('ServerError')
  })
})

describe('isExpired', () => {
  it('knows versions that are gone and versions of another history', () => {
    const at = { method: 'GET', path: 'watch' }
    expect(isExpired(toStatusError({ code: 410, reason: 'Expired' }, at))).toBe(true)
    const future = { code: 504, reason: 'Timeout', message: 'Too large resource version: 9, current: 3' }
    expect(isExpired(toStatusError(future, at))).toBe(true)
    const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }]
    expect(isExpired(toStatusError({ code: 504, message: 'other words', details: { causes } }, at))).toBe(true)
    expect(isExpired(toStatusError({ code: 504, reason: 'Timeout', message: 'slow' }, at))).toBe(false)
  })
})

describe('parseRetryAfter', () => {
  it.each([
    [undefined, undefined],
    ['1', 1000],
    ['0', 0],
    ['Fri, 31 Dec 1999 23:59:59 GMT', undefined],
    ['-1', undefined],
    ['1e9', undefined],
  ])('%s is %s', (header, expected) => {
    expect(parseRetryAfter(header)).toBe(expected)
  })
})
