// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { kustomizationKind, validate } from '@tidelock/api'
import { appFiles, appName, deploymentPath } from './app.ts'
import { gitRepository, kustomizations } from './objects.ts'
import { writeRepository } from './repository.ts'

it('writes every app into a directory of its own', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tidelock-bench-test-'))
  try {
    await writeRepository(root, 3)
    expect(await readdir(join(root, 'apps'))).toEqual(['app-0000', 'app-0001', 'app-0002'])
    const path = deploymentPath(appName(2))
    expect(await readFile(join(root, path), 'utf8')).toBe(appFiles(appName(2))[path])
  } finally {
    await rm(root, { recursive: true })
  }
})

it('makes a valid Kustomization for the directory of each app', async () => {
  const all = kustomizations(3)
  expect(all.map(({ spec }) => (spec as { path: string }).path)).toEqual([
    './apps/app-0000',
    './apps/app-0001',
    './apps/app-0002',
  ])
  for (const each of all) expect(await validate(kustomizationKind, each)).toEqual([])
})

it('makes a GitRepository of the served address', () => {
  expect(gitRepository('http://127.0.0.1/x.git').spec).toMatchObject({ url: 'http://127.0.0.1/x.git' })
})
