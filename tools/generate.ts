// SPDX-License-Identifier: Apache-2.0
// Writes every file of the tree that is made from code. With --check nothing is written: the files that would change are
// listed, and the exit code is 1.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { renderCrds } from '../libs/api/src/generate.ts'

/** One source of generated files. */
interface Generator {
  readonly name: string
  /** Directories (relative to the root) that hold nothing else: what is in them and not generated is removed. */
  readonly owns: readonly string[]
  /** Paths relative to the root, with their text. The same code gives the same bytes. */
  run(): Map<string, string> | Promise<Map<string, string>>
}

/** A file that is not as it would be generated. */
interface Change {
  readonly path: string
  readonly kind: 'created' | 'updated' | 'removed'
  readonly text?: string
}

const generators: readonly Generator[] = [
  {
    name: 'crds',
    owns: ['crds'],
    run: () => new Map([...renderCrds()].map(([file, text]) => [join('crds', file), text])),
  },
]

const root = resolve(import.meta.dirname, '..')

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function listFiles(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(join(root, directory), { withFileTypes: true, recursive: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function changesOf(generator: Generator): Promise<Change[]> {
  const files = await generator.run()
  const changes: Change[] = []
  for (const [path, text] of files) {
    const current = await readIfPresent(join(root, path))
    if (current !== text) changes.push({ path, text, kind: current === undefined ? 'created' : 'updated' })
  }
  for (const directory of generator.owns) {
    for (const path of await listFiles(directory)) if (!files.has(path)) changes.push({ path, kind: 'removed' })
  }
  return changes
}

async function apply({ path, text }: Change): Promise<void> {
  const target = join(root, path)
  if (text === undefined) return rm(target)
  await mkdir(dirname(target), { recursive: true })
  await writeFile(target, text)
}

async function main(check: boolean): Promise<number> {
  let count = 0
  for (const generator of generators) {
    for (const change of await changesOf(generator)) {
      count += 1
      console.log(`${generator.name}: ${change.path} ${check ? 'would be ' : ''}${change.kind}`)
      if (!check) await apply(change)
    }
  }
  if (count === 0) console.log('generated files are up to date')
  else if (check) console.error('run `npm run generate` and commit what it writes')
  return check && count > 0 ? 1 : 0
}

process.exitCode = await main(process.argv.includes('--check'))
