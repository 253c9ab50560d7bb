// SPDX-License-Identifier: Apache-2.0

/** What tools/arrows.json says: who may depend on whom, and which packages any other may use in its tests. */
export interface Arrows {
  readonly allowed: Readonly<Record<string, readonly string[]>>
  readonly testsOnly: readonly string[]
}

/** An import of one of our packages: its name without the scope, and what follows the name, if anything does. */
export interface PackageImport {
  readonly name: string
  readonly deep?: string
}

/** What a package declares and what its code does; names are without the scope. */
export interface PackageFacts {
  readonly name: string
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
  /** Packages that its tsconfig references. */
  readonly references: readonly string[]
  readonly files: readonly {
    readonly path: string
    readonly isTest: boolean
    readonly imports: readonly PackageImport[]
  }[]
}

const scope = '@tidelock/'
const importPattern = /(?:from|import)\s*\(?\s*['"]@tidelock\/([a-z-]+)(\/[^'"]*)?['"]/g

/** Our packages that a source text imports, statically or dynamically. */
export function importsOf(text: string): PackageImport[] {
  return [...text.matchAll(importPattern)].map(([, name = '', deep]) => ({
    name,
    ...(deep === undefined ? {} : { deep }),
  }))
}

/** What is wrong with a package, one sentence each. */
export function packageProblems(facts: PackageFacts, { allowed, testsOnly }: Arrows): string[] {
  const { name, dependencies, devDependencies, references } = facts
  const permitted = allowed[name]
  if (permitted === undefined) return [`${scope}${name} has no row in tools/arrows.json`]
  const isForbidden = (target: string): boolean => !permitted.includes(target)
  const difference = [...new Set(dependencies).symmetricDifference(new Set(references))]
  return [
    ...dependencies
      .filter(isForbidden)
      .map((target) => `${scope}${name} depends on ${scope}${target}: tools/arrows.json does not allow it`),
    ...(name === 'e2e' ? [] : devDependencies)
      .filter((target) => !testsOnly.includes(target) && isForbidden(target))
      .map((target) => `${scope}${name} needs ${scope}${target} for tests: tools/arrows.json does not allow it`),
    ...(difference.length === 0
      ? []
      : [`${scope}${name}: tsconfig references and dependencies differ in ${difference.join(', ')}`]),
    ...importProblems(facts),
  ]
}

function importProblems({ name: own, dependencies, devDependencies, files }: PackageFacts): string[] {
  const inTests = new Set([...dependencies, ...devDependencies, own])
  const inCode = new Set(dependencies)
  return files.flatMap(({ path, isTest, imports }) =>
    imports.flatMap(({ name, deep }) => [
      ...((isTest ? inTests : inCode).has(name)
        ? []
        : [`${path} imports ${scope}${name}, which its package.json does not declare for it`]),
      ...(deep === undefined ? [] : [`${path} reaches into ${scope}${name}${deep}: import the package itself`]),
    ]),
  )
}

/** The packages of a cycle, the first again at the end; undefined when every arrow points down. */
export function findCycle({ allowed }: Pick<Arrows, 'allowed'>): string[] | undefined {
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
