// SPDX-License-Identifier: Apache-2.0
// Holds package.json, tsconfig references and the imports in the code against tools/arrows.json, and refuses cycles.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

interface Arrows {
  readonly allowed: Readonly<Record<string, readonly string[]>>
  readonly testsOnly: readonly string[]
}

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const scope = '@tidelock/'
const root = resolve(import.meta.dirname, '..')
const importPattern = /(?:from|import)\s*\(?\s*['"]@tidelock\/([a-z-]+)(\/[^'"]*)?['"]/g

const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T
const ours = (dependencies: Readonly<Record<string, string>> = {}): string[] =>
  Object.keys(dependencies).flatMap((name) => (name.startsWith(scope) ? [name.slice(scope.length)] : []))

function checkImports(directory: string, manifest: Manifest, problems: string[]): void {
  const runtime = new Set(ours(manifest.dependencies))
  const any = new Set([...runtime, ...ours(manifest.devDependencies), manifest.name.slice(scope.length)])
  for (const file of globSync('{src,test}/**/*.ts', { cwd: directory })) {
    const declared = /\.test\.ts$|^test\//.test(file) ? any : runtime
    for (const [, name = '', deep] of readFileSync(join(directory, file), 'utf8').matchAll(importPattern)) {
      const where = relative(root, join(directory, file))
      if (!declared.has(name))
        problems.push(`${where} imports ${scope}${name}, which its package.json does not declare for it`)
      if (deep !== undefined) problems.push(`${where} reaches into ${scope}${name}${deep}: import the package itself`)
    }
  }
}

function checkPackage(manifestPath: string, { allowed, testsOnly }: Arrows, problems: string[]): void {
  const directory = dirname(manifestPath)
  const manifest = readJson<Manifest>(manifestPath)
  const name = manifest.name.slice(scope.length)
  const permitted = allowed[name]
  if (permitted === undefined) return void problems.push(`${manifest.name} has no row in tools/arrows.json`)
  const declared = ours(manifest.dependencies)
  for (const target of declared) {
    if (!permitted.includes(target))
      problems.push(`${manifest.name} depends on ${scope}${target}: tools/arrows.json does not allow it`)
  }
  for (const target of ours(manifest.devDependencies)) {
    if (!testsOnly.includes(target) && !permitted.includes(target) && name !== 'e2e')
      problems.push(`${manifest.name} needs ${scope}${target} for tests: not allowed`)
  }
  const { references = [] } = readJson<{ references?: { path: string }[] }>(join(directory, 'tsconfig.json'))
  const referenced = references.map(({ path }) =>
    readJson<Manifest>(join(directory, path, 'package.json')).name.slice(scope.length),
  )
  const difference = new Set(declared).symmetricDifference(new Set(referenced))
  if (difference.size > 0)
    problems.push(`${manifest.name}: tsconfig references and dependencies differ in ${[...difference].join(', ')}`)
  checkImports(directory, manifest, problems)
}

function findCycle({ allowed }: Arrows): string[] | undefined {
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name]
    if (done.has(name)) return undefined
    for (const next of allowed[name] ?? []) {
      const cycle = visit(next, [...path, name])
      if (cycle !== undefined) return cycle
    }
    done.add(name)
    return undefined
  }
  for (const name of Object.keys(allowed)) {
    const cycle = visit(name, [])
    if (cycle !== undefined) return cycle
  }
  return undefined
}

const arrows = readJson<Arrows>(join(root, 'tools/arrows.json'))
const problems: string[] = []
for (const path of globSync('{libs/*,controllers/*,cli,bench,e2e}/package.json', { cwd: root }))
  checkPackage(join(root, path), arrows, problems)
const cycle = findCycle(arrows)
if (cycle !== undefined) problems.push(`a cycle: ${cycle.join(' → ')}`)
for (const problem of problems) console.error(problem)
console.log(problems.length === 0 ? 'arrows: all point down' : `arrows: ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1
