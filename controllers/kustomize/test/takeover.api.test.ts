// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Kustomization } from '@tidelock/api'
import { ensureWasm, KustomizeEngine } from '@tidelock/kustomize-wasm'
import type { SourcedRun } from '../src/kustomization/dependencies.ts'
import { SecretValues } from '../src/kustomization/secret-values.ts'
import { build } from '../src/kustomization/steps/build.ts'
import { fluxSource, readFluxFile } from './left-by-flux.ts'

const cacheDir =
  process.env['TIDELOCK_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidelock')

let engine: KustomizeEngine
let root: string
beforeAll(async () => {
  engine = new KustomizeEngine({ wasmPath: await ensureWasm({ cacheDir }), workers: 1 })
  root = await mkdtemp(join(tmpdir(), 'takeover-'))
})
afterAll(async () => {
  await engine.close()
  await rm(root, { recursive: true, force: true })
})

/** The digest of what the controller applies for the Kustomization. */
async function digestOf(obj: Kustomization, files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(root, 'tree-'))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  const ctx = { signal: new AbortController().signal }
  const deps = { engine, options: { strictSubstitution: false } }
  const built = await build({ ctx, obj, deps, secrets: new SecretValues() } as unknown as SourcedRun, directory)
  if (built.kind !== 'next') throw new Error('the build failed', { cause: built })
  return built.value.digest
}

describe('what Flux left', () => {
  it('is built to the very digest that is in its history', async () => {
    const [[obj]] = (await engine.parseYaml([await readFluxFile('kustomization.yaml')])) as unknown as [[Kustomization]]
    expect(await digestOf(obj, await fluxSource())).toBe(
      'sha256:a9b14c50e8b022eb4f6212a7b5215e6da18fc827c96a925d61a0651b8be257f8',
    )
    expect(obj.status?.history?.[0]?.digest).toBe(await digestOf(obj, await fluxSource()))
  })
})
