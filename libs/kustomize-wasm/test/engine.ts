// SPDX-License-Identifier: Apache-2.0
// What the tests of this package share: an engine from the user's cache, and directory trees from literals.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { KustomizeEngine, ensureWasm } from '../src/index.ts'
import type { EngineOptions } from '../src/index.ts'

const cacheDir =
  process.env['TIDELOCK_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidelock')

/** The engine's file; the first test run of a machine compiles it. */
export function testWasm(): Promise<string> {
  return ensureWasm({ cacheDir, onProgress: (line) => process.stderr.write(`${line}\n`) })
}

/** An engine; the test closes it. */
export async function createEngine(options: Omit<EngineOptions, 'wasmPath'> = {}): Promise<KustomizeEngine> {
  return new KustomizeEngine({ wasmPath: await testWasm(), workers: 1, ...options })
}

/** A temporary directory with these files; disposing removes it. */
export async function createTree(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly root: string }> {
  const root = await mkdtemp(join(tmpdir(), 'kustomize-wasm-'))
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
}

/** A ConfigMap as YAML. */
export function configMap(name: string, data: Readonly<Record<string, string>> = { a: 'b' }): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
}
