// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ensureWasm } from '../src/index.ts'

let cacheDir = ''
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'ensure-wasm-'))
})
afterAll(() => rm(cacheDir, { recursive: true, force: true }))

describe('ensureWasm', () => {
  it('builds once for all who ask at the same time, and then never again', async () => {
    const lines: string[] = []
    const ask = (): Promise<string> => ensureWasm({ cacheDir, onProgress: (line) => lines.push(line) })
    const paths = await Promise.all([ask(), ask(), ask()])
    expect(new Set(paths).size).toBe(1)
    expect(lines.filter((line) => line.includes('compiling')).length).toBe(1)
    const [path] = paths
    const { mtimeMs, size } = await stat(path)
    expect(size).toBeGreaterThan(1_000_000)
    expect(await ask()).toBe(path)
    expect((await stat(path)).mtimeMs).toBe(mtimeMs)
    expect(await readdir(dirname(path))).toEqual(['kustomize.wasm'])
  })

  it('does not wait for a builder that was killed', async () => {
    const path = await ensureWasm({ cacheDir })
    await rm(path)
    // no process has this id: the kernel's ids end at 2^22
    await writeFile(`${path}.lock`, '99999999')
    expect(await ensureWasm({ cacheDir })).toBe(path)
  })

  it('ends with the signal', async () => {
    const reason = new Error('stopped')
    const signal = AbortSignal.abort(reason)
    await expect(ensureWasm({ cacheDir: join(cacheDir, 'other'), signal })).rejects.toThrow(/stopped|aborted/)
  })
})
