// SPDX-License-Identifier: Apache-2.0
import { beforeAll, expect, it } from '@jest/globals'
import { fieldSubjects, missingTests, readCoverage } from '@tidelock/testkit'
import type { CoverageRow } from '@tidelock/testkit'

const folder = new URL('../', import.meta.url)
let rows: CoverageRow[]
beforeAll(async () => {
  rows = await readCoverage(new URL('../../docs/notification-coverage.md', folder))
})

it.each([
  ['Alert', 'alerts'],
  ['Provider', 'providers'],
  ['Receiver', 'receivers'],
])('the table names every field of the spec of %s, in order', async (kind, plural) => {
  const named = rows.filter(({ section }) => section === `${kind}, spec`).map(({ subject }) => subject)
  expect(named).toEqual(await fieldSubjects(`${plural}.notification.toolkit.fluxcd.io`, 'spec'))
})

it('every test that it names exists', async () => {
  expect(await missingTests(rows, folder)).toEqual([])
  expect(rows.length).toBeGreaterThan(60)
})
