// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { Json } from '@tidelock/api'
import * as fc from 'fast-check'
import { compareKeys } from './sort-keys.ts'
import { toGoYaml } from './write.ts'

const testdata = join(import.meta.dirname, '../../../testdata')
const vectors = JSON.parse(readFileSync(join(testdata, 'go-yaml.json'), 'utf8')) as { value: Json; yaml: string }[]

describe('toGoYaml', () => {
  it.each(vectors.map(({ value, yaml }) => [JSON.stringify(value).slice(0, 60), value, yaml] as const))(
    'writes %s as sigs.k8s.io/yaml does',
    (_title, value, yaml) => expect(toGoYaml(value)).toBe(yaml),
  )

  it('leaves out what is undefined', () => {
    expect(toGoYaml({ a: 1, b: undefined as unknown as Json })).toBe('a: 1\n')
  })
})

describe('compareKeys', () => {
  it('is an order', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'B', '0', '1', '9', '-', '.'), maxLength: 6 })
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(-Math.sign(compareKeys(b, a)) + 0)
        expect(compareKeys(a, a)).toBe(0)
      }),
    )
  })
})
