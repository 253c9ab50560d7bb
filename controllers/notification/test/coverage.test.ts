// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { beforeAll, expect, it } from '@jest/globals'
import { crds } from '@tidelock/api'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

const folder = new URL('../', import.meta.url)
let sections: Map<string, string[][]>
beforeAll(async () => {
  const text = await readFile(new URL('../../docs/notification-coverage.md', folder), 'utf8')
  sections = new Map(
    text.split('\n## ').map((section) => {
      const lines = section.split('\n')
      const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()))
      return [
        lines[0] ?? '',
        cells
          .filter((row) => row.length === 5)
          .map((row) => row.slice(1, 4))
          .slice(2),
      ]
    }),
  )
})

it.each([
  ['Alert', 'alerts'],
  ['Provider', 'providers'],
  ['Receiver', 'receivers'],
])('the table names every field of the spec of %s, in order', async (kind, plural) => {
  const definition = (await crds()).find(({ metadata }) => metadata.name === `${plural}.notification.toolkit.fluxcd.io`)
  const version = definition?.spec.versions[0]?.schema?.openAPIV3Schema as unknown as Schema
  const named = sections.get(`${kind}, spec`)?.map(([first = '']) => first.replaceAll('`', ''))
  expect(named).toEqual(pathsOf(version.properties?.['spec'] ?? {}))
})

it('every test that it names exists', async () => {
  const rows = [...sections.values()].flat()
  const missing: string[] = []
  for (const [, file = '', name = ''] of rows) {
    if (!file.endsWith('.test.ts')) continue
    const text = await readFile(new URL(file, folder), 'utf8').catch(() => '')
    if (name === '' || !text.includes(name)) missing.push(`${file}: ${name}`)
  }
  expect(missing).toEqual([])
  expect(rows.length).toBeGreaterThan(60)
})

function pathsOf(schema: Schema, prefix = ''): string[] {
  const inner = schema.items ?? schema
  const path = schema.items === undefined || prefix === '' ? prefix : `${prefix}[]`
  return Object.entries(inner.properties ?? {}).flatMap(([name, property]) => {
    const own = path === '' ? name : `${path}.${name}`
    return [own, ...pathsOf(property, own)]
  })
}
