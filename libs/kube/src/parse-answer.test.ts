// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { errorMessage } from '@tidelock/errors'
import { parseAnswer } from './parse-answer.ts'

it('reads JSON', () => {
  expect(parseAnswer('{"kind":"Status"}', 'GET /x')).toEqual({ kind: 'Status' })
})

it.each(['<secret>hunter2</secret>', '"hunter2', '"hunter2"', 'null', '42', ''])('quotes nothing of %j', (body) => {
  let error: unknown
  try {
    parseAnswer(body, 'GET /version')
  } catch (caught) {
    error = caught
  }
  expect(error).toMatchObject({ code: 'DecodeFailed' })
  expect(errorMessage(error)).toMatch(/^GET \/version: the answer is (?:not JSON|no object)$/)
})
