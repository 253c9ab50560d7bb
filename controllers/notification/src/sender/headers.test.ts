// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { checkHeaders, headerBytes } from './headers.ts'

const secret = "the key headers of the Secret 'apps/hook'"

it.each<[string, Record<string, string>, string]>([
  ['line break', { 'X-Team': 'shop', Authorization: 'Bearer s3cret\n' }, "the value of the header 'Authorization'"],
  ['carriage return', { 'X-A': 's3cret\rX-B: 1' }, 'write it on one line'],
  ['NUL', { 'X-A': 's3cret\0' }, 'another control character'],
  ['blank in a name', { 'X-Team': 'shop', 's3cret name': 'a' }, 'the name of header 2 is none of HTTP'],
  ['empty name', { '': 's3cret' }, 'the name of header 1'],
  ['name with a line break', { 's3cret\n': 'a' }, 'use letters, digits and hyphens only'],
  ['header of the connection', { 'Content-Length': '5' }, "'Content-Length' is set by the controller alone; remove it"],
])('refuses a %s, and says where it stands without showing it', (_, headers, problem) => {
  const check = (): void => checkHeaders(headers, secret)
  expect(check).toThrow(expect.objectContaining({ code: 'InvalidConfig' }))
  expect(check).toThrow(`${secret}: `)
  expect(check).toThrow(problem)
  expect(check).not.toThrow('s3cret')
})

it('takes tabs and any letters, which go as UTF-8', () => {
  expect(() => checkHeaders({ 'X-Team_1': 'a\tb é 木' }, secret)).not.toThrow()
  expect(Buffer.from(headerBytes('é 木'), 'latin1').toString('utf8')).toBe('é 木')
})
