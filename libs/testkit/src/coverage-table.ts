// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { crds } from '@tidelock/api'

/** A row of a page that says which test holds what: its heading, what is held, in which file, by which test. */
export interface CoverageRow {
  readonly section: string
  readonly subject: string
  readonly file: string
  readonly test: string
}

/** The rows of such a page (`docs/*-coverage.md`). */
export async function readCoverage(page: URL): Promise<CoverageRow[]> {
  let section = ''
  return (await readFile(page, 'utf8')).split('\n').flatMap((line) => {
    if (line.startsWith('## ')) section = line.slice(3)
    const cells = line.split('|').map((cell) => cell.trim())
    const [, subject = '', file = '', test = ''] = cells
    const isRow = cells.length === 5 && file !== 'test file' && !/^-+$/.test(file)
    return isRow ? [{ section, subject, file, test }] : []
  })
}

/** The rows whose test does not stand in their file, which is relative to the folder. Rows that no test covers (–) are passed over. */
export async function missingTests(rows: readonly CoverageRow[], folder: URL): Promise<string[]> {
  const missing: string[] = []
  for (const { subject, file, test } of rows) {
    if (file === '–') continue
    const text = await readFile(new URL(file, folder), 'utf8').catch(() => '')
    if (test === '' || !text.includes(test)) missing.push(`${subject}: ${file}: ${test}`)
  }
  return missing
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

/** The fields of `spec` or `status` of a CRD, in its order, as subjects of rows. What lies below those in `whole` is left out. */
export async function fieldSubjects(
  crd: string,
  part: 'spec' | 'status',
  whole: readonly string[] = [],
): Promise<string[]> {
  const definition = (await crds()).find(({ metadata }) => metadata.name === crd)
  const version = definition?.spec.versions[0]?.schema?.openAPIV3Schema as unknown as Schema
  return pathsOf(version.properties?.[part] ?? {}, whole).map((path) => `\`${path}\``)
}

function pathsOf(schema: Schema, whole: readonly string[], prefix = ''): string[] {
  const inner = schema.items ?? schema
  const path = schema.items === undefined || prefix === '' ? prefix : `${prefix}[]`
  return Object.entries(inner.properties ?? {}).flatMap(([name, property]) => {
    const own = path === '' ? name : `${path}.${name}`
    return whole.includes(own) ? [own] : [own, ...pathsOf(property, whole, own)]
  })
}
