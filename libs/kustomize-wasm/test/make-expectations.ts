// SPDX-License-Identifier: Apache-2.0
// Makes the expectations of the corpus anew, by the real `kustomize` command and by Flux's own package:
//   node --conditions=source libs/kustomize-wasm/test/make-expectations.ts [case…]
// Needs Go 1.26; compiles both references first.
import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { caseNames, corpusDir, readCase } from './corpus.ts'
import type { CorpusCase, Expectation } from './corpus.ts'

const kustomizeModule = 'sigs.k8s.io/kustomize/kustomize/v5@v5.8.1'
// without it the label of `buildMetadata: [managedByLabel]` would be "kustomize-(devel)", which no API server accepts
const version = '-X sigs.k8s.io/kustomize/api/provenance.version=kustomize/v5.8.1'
const referenceDir = fileURLToPath(new URL('../go-reference/', import.meta.url))

/** Builds both references into `bin`. */
function compile(bin: string): void {
  for (const args of [
    [`GOBIN=${bin}`, 'go', 'install', kustomizeModule],
    ['go', 'build', '-C', referenceDir, `-ldflags=${version}`, '-o', join(bin, 'flux-reference'), '.'],
  ]) {
    const { status } = spawnSync('/usr/bin/env', args, { stdio: ['ignore', 'inherit', 'inherit'] })
    if (status !== 0) throw new Error(`failed: ${args.join(' ')}`)
  }
}

function run(program: string, args: readonly string[], root: string): Expectation {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8' })
  if (status === 0) return { yaml: stdout }
  const error = stderr.slice(stderr.indexOf('Error: ') + 'Error: '.length)
  return { error: error.replaceAll(root, '/artifact').trimEnd() }
}

async function inCopy<T>(source: string, use: (root: string) => T): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'kustomize-case-'))
  try {
    await cp(source, root, { recursive: true })
    return use(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function write(name: string, prefix: string, expectation: Expectation | undefined): Promise<void> {
  const file = join(corpusDir, name, prefix)
  await rm(`${file}.yaml`, { force: true })
  await rm(`${file}-error.txt`, { force: true })
  if (expectation === undefined) return
  if ('yaml' in expectation) await writeFile(`${file}.yaml`, expectation.yaml)
  else await writeFile(`${file}-error.txt`, `${expectation.error}\n`)
}

async function make(bin: string, { name, root, path, overrides }: CorpusCase): Promise<void> {
  const kustomize = await inCopy(root, (copy) =>
    run(join(bin, 'kustomize'), ['build', '--load-restrictor', 'LoadRestrictionsNone', path], copy),
  )
  const flux = await inCopy(root, (copy) =>
    run(join(bin, 'flux-reference'), [copy, path, JSON.stringify(overrides)], copy),
  )
  await write(name, 'expected', kustomize)
  await write(name, 'expected-flux', JSON.stringify(flux) === JSON.stringify(kustomize) ? undefined : flux)
}

const bin = await mkdtemp(join(tmpdir(), 'kustomize-reference-'))
try {
  compile(bin)
  const wanted = process.argv.slice(2)
  for (const name of wanted.length > 0 ? wanted : caseNames()) await make(bin, await readCase(name))
} finally {
  await rm(bin, { recursive: true, force: true })
}
