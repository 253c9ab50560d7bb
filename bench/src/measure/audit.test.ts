// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { countByUser } from './audit.ts'

async function* lines(): AsyncGenerator<string> {
  const event = (auditID: string, stage: string, username: string): string =>
    JSON.stringify({ auditID, stage, user: { username } })
  yield event('1', 'ResponseStarted', 'a')
  yield event('2', 'ResponseComplete', 'b')
  yield event('1', 'ResponseComplete', 'a')
  yield event('3', 'ResponseComplete', 'a')
  yield ''
}

it('counts a watch, which has two events, once', async () => {
  expect([...(await countByUser(lines()))]).toEqual([
    ['a', 2],
    ['b', 1],
  ])
})
