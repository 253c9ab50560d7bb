// SPDX-License-Identifier: Apache-2.0
// Holds package.json, tsconfig references and the imports in the code against tools/arrows.json, and refuses cycles.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { findCycle, importsOf, packageProblems } from './arrows.ts'
import type { Arrows, PackageFacts } from './arrows.ts'

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const scope = '@tidelock/'
const root = resolve(import.meta.dirname, '..')

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T
const ours = (dependencies: Readonly<Record<string, string>> = {}): string[] =>
  Object.keys(dependencies).flatMap((name) => (name.startsWith(scope) ? [name.slice(scope.length)] : []))

function readFacts(directory: string): PackageFacts {
  const { name, dependencies, devDependencies } = readJson<Manifest>(join(directory, 'package.json'))
  const { references = [] } = readJson<{ references?: { path: string }[] }>(join(directory, 'tsconfig.json'))
  return {
    name: name.slice(scope.length),
    dependencies: ours(dependencies),
    devDependencies: ours(devDependencies),
    references: references.map(({ path }) =>
      readJson<Manifest>(join(directory, path, 'package.json')).name.slice(scope.length),
    ),
    files: globSync('**/*.ts', { cwd: directory, exclude: ['**/node_modules', '**/dist', '**/testdata'] }).map(
      (file) => ({
        path: relative(root, join(directory, file)),
        isTest: /\.test\.ts$|^test\//.test(file) || name === `${scope}e2e`,
        imports: importsOf(readFileSync(join(directory, file), 'utf8')),
      }),
    ),
  }
}

const arrows = readJson<Arrows>(join(root, 'tools/arrows.json'))
const manifests = globSync('{libs/*,controllers/*,cli,bench,e2e}/package.json', { cwd: root })
const problems = manifests.flatMap((path) => packageProblems(readFacts(join(root, dirname(path))), arrows))
const cycle = findCycle(arrows)
if (cycle !== undefined) problems.push(`a cycle: ${cycle.join(' → ')}`)
for (const problem of problems) console.error(problem)
console.log(problems.length === 0 ? 'arrows: all point down' : `arrows: ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
