// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'

/** What a build depends on beside its sources. */
export interface BuildInputs {
  readonly goVersion: string
  readonly goos: string
  readonly goarch: string
  /** The flags of the build, in order. */
  readonly flags: readonly string[]
}

/** Names a build by all its inputs: go.mod, go.sum and every Go file under the folder, the Go version, the target, the flags. */
export async function computeCacheKey(sourceDir: string, inputs: BuildInputs): Promise<string> {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([inputs.goVersion, inputs.goos, inputs.goarch, inputs.flags]))
  for (const file of await listSources(sourceDir)) {
    const content = createHash('sha256').update(await readFile(join(sourceDir, file)))
    hash.update(JSON.stringify([file.split(sep).join('/'), content.digest('hex')]))
  }
  return hash.digest('hex').slice(0, 24)
}

async function listSources(dir: string): Promise<string[]> {
  const names = await readdir(dir, { recursive: true })
  return names.filter((name) => name === 'go.mod' || name === 'go.sum' || name.endsWith('.go')).sort()
}
