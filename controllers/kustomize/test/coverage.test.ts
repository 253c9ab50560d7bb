// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { beforeAll, expect, it } from '@jest/globals'
import { crds } from '@tidelock/api'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

const folder = new URL('.', import.meta.url)
let rows: string[][]
beforeAll(async () => {
  const text = await readFile(new URL('../../../docs/kustomization-coverage.md', folder), 'utf8')
  rows = text.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    return cells.length === 5 ? [cells.slice(1, 4)] : []
  })
})

it('the table names every field of the spec, in order', async () => {
  const definition = (await crds()).find(
    ({ metadata }) => metadata.name === 'kustomizations.kustomize.toolkit.fluxcd.io',
  )
  const version = definition?.spec.versions[0]?.schema?.openAPIV3Schema as unknown as Schema
  const fields = pathsOf(version.properties?.['spec'] ?? {})
  const named = rows.map(([first = '']) => first.replaceAll('`', '')).filter((name) => fields.includes(name))
  expect(named).toEqual(fields)
})

it('every test that it names exists', async () => {
  const missing: string[] = []
  for (const [, file = '', name = ''] of rows) {
    if (!file.endsWith('.test.ts')) continue
    const text = await readFile(new URL(file, folder), 'utf8').catch(() => '')
    if (name === '' || !text.includes(name)) missing.push(`${file}: ${name}`)
  }
  expect(missing).toEqual([])
  expect(rows.length).toBeGreaterThan(100)
})

function pathsOf(schema: Schema, prefix = ''): string[] {
  const inner = schema.items ?? schema
  const path = schema.items === undefined || prefix === '' ? prefix : `${prefix}[]`
  return Object.entries(inner.properties ?? {}).flatMap(([name, property]) => {
    const own = path === '' ? name : `${path}.${name}`
    return [own, ...pathsOf(property, own)]
  })
}
