// SPDX-License-Identifier: Apache-2.0
// `npm ci` refuses a lock that says something else than the manifests, and one that lacks packages of other platforms: npm leaves
// those out when the registry at hand has not got them.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, it } from '@jest/globals'

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const root = resolve(import.meta.dirname, '..')
const readJson = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8')) as T
const { packages } = readJson<{ packages: Readonly<Record<string, Locked>> }>('package-lock.json')
const manifests = ['package.json', ...globSync('{libs/*,controllers/*,cli,bench,e2e}/package.json', { cwd: root })]

/** Whether the package finds the other one in its own node_modules or in those of a directory above. */
function isLocked(from: string, name: string): boolean {
  for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')))) {
    if (packages[`${place}${place === '' ? '' : '/'}node_modules/${name}`] !== undefined) return true
    if (place === '') return false
  }
}

it.each(manifests)('locks what %s says', (path) => {
  const { dependencies = {}, devDependencies = {} } = readJson<Locked>(path)
  const place = dirname(path) === '.' ? '' : dirname(path)
  const locked = packages[place]
  expect({ dependencies: locked?.dependencies ?? {}, devDependencies: locked?.devDependencies ?? {} }).toEqual({
    dependencies,
    devDependencies,
  })
})

it('locks the packages of every platform', () => {
  const missing = Object.entries(packages).flatMap(([from, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(from, name)),
  )
  expect(missing).toEqual([])
})
