// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { beforeAll, expect, it } from '@jest/globals'
import { crds } from '@tidelock/api'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

/** A row of the table: what is held, in which file, by which test; and the heading above it. */
interface Row {
  readonly section: string
  readonly subject: string
  readonly file: string
  readonly test: string
}

const folder = new URL('.', import.meta.url)
/** Shapes that other tables describe. */
const whole = ['artifact', 'conditions', 'includedArtifacts']
let rows: Row[]
beforeAll(async () => {
  rows = parseRows(await readFile(new URL('../../../docs/source-coverage.md', folder), 'utf8'))
})

it.each([
  ['GitRepository', 'spec', 'gitrepositories'],
  ['GitRepository', 'status', 'gitrepositories'],
  ['OCIRepository', 'spec', 'ocirepositories'],
  ['OCIRepository', 'status', 'ocirepositories'],
])('the table names every field of %s, %s, in order', async (kind, part, plural) => {
  const definition = (await crds()).find(({ metadata }) => metadata.name === `${plural}.source.toolkit.fluxcd.io`)
  const version = definition?.spec.versions[0]?.schema?.openAPIV3Schema as unknown as Schema
  const named = rows.filter(({ section }) => section === `${kind}, ${part}`).map(({ subject }) => subject)
  expect(named).toEqual(pathsOf(version.properties?.[part] ?? {}).map((path) => `\`${path}\``))
})

it('every test that it names exists', async () => {
  const missing: string[] = []
  for (const { subject, file, test } of rows) {
    if (file === 'not yet') continue
    const text = await readFile(new URL(file, folder), 'utf8').catch(() => '')
    if (test === '' || !text.includes(test)) missing.push(`${subject}: ${file}: ${test}`)
  }
  expect(missing).toEqual([])
  expect(rows.length).toBeGreaterThan(100)
})

function parseRows(text: string): Row[] {
  let section = ''
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('## ')) section = line.slice(3)
    const cells = line.split('|').map((cell) => cell.trim())
    const [, subject = '', file = '', test = ''] = cells
    const isRow = cells.length === 5 && file !== 'test file' && !/^-+$/.test(file)
    return isRow ? [{ section, subject, file, test }] : []
  })
}

function pathsOf(schema: Schema, prefix = ''): string[] {
  const inner = schema.items ?? schema
  const path = schema.items === undefined || prefix === '' ? prefix : `${prefix}[]`
  return Object.entries(inner.properties ?? {}).flatMap(([name, property]) => {
    const own = path === '' ? name : `${path}.${name}`
    return whole.includes(own) ? [own] : [own, ...pathsOf(property, own)]
  })
}
