// SPDX-License-Identifier: Apache-2.0
// The vectors of testdata/, and the keys that open them.
import { readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureWasm, KustomizeEngine } from '@tidelock/kustomize-wasm'
import { createAgeService, createPgpService, readAgeIdentities, readPgpIdentities } from '../src/index.ts'
import type { KeyServices, YamlCodec } from '../src/index.ts'

const root = fileURLToPath(new URL('../testdata/', import.meta.url))
const cacheDir =
  process.env['TIDELOCK_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidelock')

/** A file below testdata. */
export function readVector(path: string): Buffer {
  return readFileSync(join(root, path))
}

/** The names of all files in a directory of testdata. */
export function vectorNames(directory: string): string[] {
  return readdirSync(join(root, directory)).sort()
}

/** Services that know these key files and nothing else. */
export async function servicesOf(...names: readonly string[]): Promise<KeyServices> {
  const text = (end: string): string =>
    names
      .filter((name) => name.endsWith(end))
      .map((name) => readVector(`keys/${name}`).toString())
      .join('\n')
  const armored = text('.asc')
  return {
    age: createAgeService(await readAgeIdentities(text('.agekey'))),
    pgp: createPgpService(armored === '' ? [] : await readPgpIdentities(armored)),
  }
}

/** Go's YAML, in an engine that the disposal ends. */
export async function createYaml(): Promise<YamlCodec & AsyncDisposable> {
  const engine = new KustomizeEngine({ wasmPath: await ensureWasm({ cacheDir }), workers: 1 })
  return {
    readYaml: (text, signal) => engine.readYaml(text, signal),
    printYaml: (documents, signal) => engine.printYaml(documents, signal),
    [Symbol.asyncDispose]: () => engine.close(),
  }
}
