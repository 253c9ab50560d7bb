// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

test('the docs tell every code, and no other', () => {
  const [, union = ''] = /export type AuthErrorCode =([^/]*)\n\n/.exec(read('./errors.ts')) ?? []
  const codes = Array.from(union.matchAll(/'(\w+)'/g), ([, code]) => code)
  const [, section = ''] = read('../../../docs/cloud-credentials.md').split('## When it fails')
  const rows = section.split('\n').filter((line) => line.startsWith('| `'))
  const told = rows.flatMap((row) => Array.from((row.split('|')[1] ?? '').matchAll(/`(\w+)`/g), ([, code]) => code))
  expect(codes.length).toBeGreaterThan(5)
  expect(told).toHaveLength(codes.length)
  expect(new Set(told)).toEqual(new Set(codes))
})
