// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { findProgram } from '../src/find-program.ts'
import { type BinaryOptions, type ComponentName, COMPONENTS, ensureBinaries } from '../src/index.ts'
import { BINARY_OPTIONS, writeProgram } from './harness.ts'

const VERSIONS: Record<ComponentName, string> = {
  etcd: 'etcd Version: 3.6.0',
  'nats-server': 'nats-server: v2.12.0',
  'kube-apiserver': 'Kubernetes v1.35.1',
  'kube-controller-manager': 'Kubernetes v1.35.2',
  'kube-scheduler': 'Kubernetes v1.35.3',
  kwok: 'kwok version v0.7.0 go1.25.0 (linux/amd64)',
}

let root: string
let installed: string
let options: BinaryOptions & { onProgress: (line: string) => void }
let lines: string[]

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidelock-binaries-'))
  installed = join(root, 'bin')
  await mkdir(installed)
  lines = []
  const go = await findProgram('go', BINARY_OPTIONS.searchPath)
  const searchPath = [installed, dirname(go ?? '')].join(delimiter)
  options = { cacheDir: join(root, 'cache'), searchPath, onProgress: (line) => lines.push(line) }
})

afterEach(() => rm(root, { recursive: true, force: true }))

async function install(dir: string, versions: Partial<Record<ComponentName, string>>): Promise<void> {
  await mkdir(dir, { recursive: true })
  for (const [name, version] of Object.entries(versions)) await writeProgram(join(dir, name), `echo '${version}'`)
}

describe('ensureBinaries', () => {
  it('uses a whole installed set, and builds the tools once for two who ask at the same time', async () => {
    await install(installed, VERSIONS)
    const [first, second] = await Promise.all([ensureBinaries(options), ensureBinaries(options)])
    expect(first).toEqual(second)
    expect(Object.keys(first.components).sort()).toEqual([...COMPONENTS].sort())
    for (const name of COMPONENTS) {
      expect(first.components[name]).toEqual({ path: first.tools, args: ['run', join(installed, name)], own: false })
    }
    expect(lines.filter((line) => line.startsWith('tidelock-tools: built'))).toHaveLength(1)
    expect(lines.filter((line) => line.includes('tidelock-cluster'))).toEqual([])
    expect(await readdir(join(options.cacheDir, 'local-cluster'))).toHaveLength(1)
  })

  it('takes nothing but what was chosen', async () => {
    await install(installed, VERSIONS)
    const components = { nats: false, kwok: false, scheduler: false, controllerManager: false }
    const binaries = await ensureBinaries({ ...options, components })
    expect(Object.keys(binaries.components)).toEqual(['etcd', 'kube-apiserver'])
  })

  it('refuses an assets folder that is incomplete or too old, and says what to do', async () => {
    const assetsDir = join(root, 'assets')
    await install(assetsDir, { etcd: VERSIONS.etcd })
    await expect(ensureBinaries({ ...options, assetsDir })).rejects.toMatchObject({
      code: 'ToolMissing',
      message: expect.stringContaining(`${assetsDir} has no working kube-apiserver`),
    })
    await install(assetsDir, { 'kube-apiserver': 'Kubernetes v1.29.0' })
    await expect(ensureBinaries({ ...options, assetsDir })).rejects.toMatchObject({
      code: 'UnsupportedVersion',
      message: expect.stringContaining('kube-apiserver is version 1.29.0, need at least 1.33.0'),
    })
  })

  it('says that Go is missing and what would do in its place', async () => {
    await expect(ensureBinaries({ ...options, searchPath: installed })).rejects.toMatchObject({
      code: 'ToolMissing',
      message: expect.stringContaining('install Go'),
    })
  })

  it('prefers its own build to parts that do not belong together', async () => {
    await install(installed, { ...VERSIONS, 'kube-scheduler': 'Kubernetes v1.34.0', etcd: 'etcd Version: 3.4.0' })
    const cacheDir = BINARY_OPTIONS.cacheDir
    const { components } = await ensureBinaries({ ...options, cacheDir })
    const own = COMPONENTS.filter((name) => components[name]?.own)
    expect(own).toEqual(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'])
    expect(lines).toContain(`passing over ${join(installed, 'etcd')}: version 3.4.0 is too old`)
  }, 600_000)
})
