// SPDX-License-Identifier: Apache-2.0
// The corpus: one folder a case under testdata/corpus, with `tree/`, perhaps `case.json`, and what the references made
// of it. `expected-flux.*` is there only where it differs from `expected.*`.
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BuildOverrides } from '../src/index.ts'

/** The text that a reference printed, or the error that it ended with. */
export type Expectation = { readonly yaml: string } | { readonly error: string }

/** One case. */
export interface CorpusCase {
  readonly name: string
  readonly root: string
  readonly path: string
  readonly overrides: BuildOverrides
}

/** Where the cases are. */
export const corpusDir: string = fileURLToPath(new URL('../testdata/corpus/', import.meta.url))

/** The names of all cases. */
export function caseNames(): readonly string[] {
  return readdirSync(corpusDir).sort()
}

/** Reads a case without its expectations. */
export async function readCase(name: string): Promise<CorpusCase> {
  const settings = JSON.parse((await read(name, 'case.json')) ?? '{}') as Partial<CorpusCase>
  return { name, root: join(corpusDir, name, 'tree'), path: settings.path ?? '.', overrides: settings.overrides ?? {} }
}

/** What `kustomize build` made of the case, or Flux. */
export async function readExpectation(name: string, reference: 'kustomize' | 'flux'): Promise<Expectation> {
  const prefixes = reference === 'flux' ? ['expected-flux', 'expected'] : ['expected']
  for (const prefix of prefixes) {
    const yaml = await read(name, `${prefix}.yaml`)
    if (yaml !== undefined) return { yaml }
    const error = await read(name, `${prefix}-error.txt`)
    if (error !== undefined) return { error: error.trimEnd() }
  }
  throw new Error(`${name} has no expectation: run test/make-expectations.ts`)
}

async function read(name: string, file: string): Promise<string | undefined> {
  try {
    return await readFile(join(corpusDir, name, file), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
