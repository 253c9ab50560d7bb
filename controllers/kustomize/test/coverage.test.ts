// SPDX-License-Identifier: Apache-2.0
import { beforeAll, expect, it } from '@jest/globals'
import { fieldSubjects, missingTests, readCoverage } from '@tidelock/testkit'
import type { CoverageRow } from '@tidelock/testkit'

const folder = new URL('.', import.meta.url)
let rows: CoverageRow[]
beforeAll(async () => {
  rows = await readCoverage(new URL('../../../docs/kustomization-coverage.md', folder))
})

it.each([
  ['Spec', 'spec'],
  ['Status', 'status'],
] as const)('the table names every field below %s, in order', async (heading, part) => {
  const named = rows.filter(({ section }) => section === heading).map(({ subject }) => subject)
  // a field may have further rows for what it is with some values
  const fields = named.filter((subject) => /^`[^`]*`$/.test(subject))
  expect(fields).toEqual(await fieldSubjects('kustomizations.kustomize.toolkit.fluxcd.io', part, ['conditions']))
})

it('every test that it names exists', async () => {
  expect(await missingTests(rows, folder)).toEqual([])
  expect(rows.length).toBeGreaterThan(100)
})
