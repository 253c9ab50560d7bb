// SPDX-License-Identifier: Apache-2.0
import { beforeAll, expect, it } from '@jest/globals'
import { fieldSubjects, missingTests, readCoverage } from '@tidelock/testkit'
import type { CoverageRow } from '@tidelock/testkit'

const folder = new URL('.', import.meta.url)
/** Shapes that other tables describe. */
const whole = ['artifact', 'conditions', 'includedArtifacts']
let rows: CoverageRow[]
beforeAll(async () => {
  rows = await readCoverage(new URL('../../../docs/source-coverage.md', folder))
})

it.each([
  ['GitRepository', 'spec', 'gitrepositories'],
  ['GitRepository', 'status', 'gitrepositories'],
  ['OCIRepository', 'spec', 'ocirepositories'],
  ['OCIRepository', 'status', 'ocirepositories'],
] as const)('the table names every field of %s, %s, in order', async (kind, part, plural) => {
  const named = rows.filter(({ section }) => section === `${kind}, ${part}`).map(({ subject }) => subject)
  expect(named).toEqual(await fieldSubjects(`${plural}.source.toolkit.fluxcd.io`, part, whole))
})

it('every test that it names exists', async () => {
  expect(await missingTests(rows, folder)).toEqual([])
  expect(rows.length).toBeGreaterThan(100)
})
