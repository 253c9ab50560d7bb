// SPDX-License-Identifier: Apache-2.0
// `npm run build:wasm`: puts the engine into dist/, where the built package looks for it.
import { copyFile, mkdir, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureWasm } from '../ensure-wasm.ts'

const cacheDir =
  process.env['TIDELOCK_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidelock')
const dist = fileURLToPath(new URL('../../dist/', import.meta.url))

const built = await ensureWasm({ cacheDir, onProgress: (line) => console.error(line) })
await mkdir(dist, { recursive: true })
await copyFile(built, join(dist, 'kustomize.wasm.new'))
await rename(join(dist, 'kustomize.wasm.new'), join(dist, 'kustomize.wasm'))
