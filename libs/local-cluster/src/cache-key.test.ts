// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BuildInputs, computeCacheKey } from './cache-key.ts'

const INPUTS: BuildInputs = { goVersion: 'go1.26.8', goos: 'linux', goarch: 'amd64', flags: ['-trimpath'] }
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidelock-key-'))
  await mkdir(join(dir, 'cmd'))
  await writeFile(join(dir, 'go.mod'), 'module x')
  await writeFile(join(dir, 'go.sum'), '')
  await writeFile(join(dir, 'cmd', 'main.go'), 'package main')
})

afterEach(() => rm(dir, { recursive: true, force: true }))

describe('computeCacheKey', () => {
  it('is the same for the same inputs, whatever else lies in the folder', async () => {
    const key = await computeCacheKey(dir, INPUTS)
    await writeFile(join(dir, 'README.md'), 'x')
    expect(await computeCacheKey(dir, INPUTS)).toBe(key)
    expect(key).toMatch(/^[0-9a-f]{24}$/)
  })

  it.each(['go.mod', 'go.sum', 'cmd/main.go', 'cmd/new.go'])('changes with %s', async (file) => {
    const key = await computeCacheKey(dir, INPUTS)
    await writeFile(join(dir, file), 'changed')
    expect(await computeCacheKey(dir, INPUTS)).not.toBe(key)
  })

  it('changes with a file that moves', async () => {
    const key = await computeCacheKey(dir, INPUTS)
    await rm(join(dir, 'cmd', 'main.go'))
    await writeFile(join(dir, 'main.go'), 'package main')
    expect(await computeCacheKey(dir, INPUTS)).not.toBe(key)
  })

  it.each<[string, Partial<BuildInputs>]>([
    ['the Go version', { goVersion: 'go1.27.0' }],
    ['the system', { goos: 'darwin' }],
    ['the processor', { goarch: 'arm64' }],
    ['the flags', { flags: [] }],
  ])('changes with %s', async (_what, change) => {
    const key = await computeCacheKey(dir, INPUTS)
    expect(await computeCacheKey(dir, { ...INPUTS, ...change })).not.toBe(key)
  })
})
