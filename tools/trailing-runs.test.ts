// SPDX-License-Identifier: Apache-2.0
// `/\/+$/` starts anew at each character of a run that does not end the text: a million slashes in a URL of a tenant, and the process of all
// tenants stands still for hours. `/(?<!\/)\/+$/` starts once a run.
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from '@jest/globals'

const root = resolve(import.meta.dirname, '..')
const files = globSync('{libs/*,controllers/*,cli}/src/**/*.ts', { cwd: root }).filter(
  (path) => !path.endsWith('.test.ts'),
)
const behind = /(?:(?<!\\)\/|\|)(\[[^\]\n]*\]|\\.|[^\\\]\n])[+*]\$(?:\/|\|)/g

function unguarded(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8')
  return [...text.matchAll(behind)].map(([match]) => `${path}: ${match}`)
}

it('no regular expression looks for a run at the end of a text from within the run', () => {
  expect(files.length).toBeGreaterThan(500)
  expect('x.replace(/ +$/, "")'.match(behind)).not.toBeNull()
  expect(files.flatMap(unguarded)).toEqual([])
})
