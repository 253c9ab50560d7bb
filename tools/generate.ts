// SPDX-License-Identifier: Apache-2.0
// Writes every file of the tree that is made from code. With --check nothing is written: the files that would change are
// listed, and the exit code is 1.
import { resolve } from 'node:path'
import { applyChange, changesOf } from './generated-files.ts'
import type { Generator } from './generated-files.ts'
import { crdGenerator } from './generators/crds.ts'
import { deployGenerator } from './generators/deploy.ts'
import { flagTableGenerator } from './generators/flag-tables.ts'

const generators: readonly Generator[] = [crdGenerator, deployGenerator, flagTableGenerator]

async function main(check: boolean): Promise<number> {
  const root = resolve(import.meta.dirname, '..')
  const changes = await changesOf(root, generators)
  for (const change of changes) {
    console.log(`${change.generator}: ${change.path} ${check ? 'would be ' : ''}${change.kind}`)
    if (!check) await applyChange(root, change)
  }
  if (changes.length === 0) console.log('generated files are up to date')
  else if (check) console.error('run `npm run generate` and commit what it writes')
  return check && changes.length > 0 ? 1 : 0
}

process.exitCode = await main(process.argv.includes('--check'))
