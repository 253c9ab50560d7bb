// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { kustomizationKind, validate } from '@tidelock/api'
import { appFiles, appName, deploymentPath } from './app.ts'
import { gitRepository, kustomizations } from './objects.ts'
import { writeRepository } from './repository.ts'
import { supportObjects } from './support.ts'
import { describeWorkload } from './workload.ts'
import type { Workload } from './workload.ts'

const plain: Workload = { apps: 3, shape: 'monorepo', sops: false, lockdown: false }
const second: Workload = { apps: 2, shape: 'second', sops: true, lockdown: false }

it('writes every app into a directory of its own', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tidelock-bench-test-'))
  try {
    await writeRepository(root, plain)
    expect(await readdir(join(root, 'apps'))).toEqual(['app-0000', 'app-0001', 'app-0002'])
    const path = deploymentPath(appName(2))
    expect(await readFile(join(root, path), 'utf8')).toBe(
      appFiles(appName(2), { substituted: false, secret: undefined })[path],
    )
  } finally {
    await rm(root, { recursive: true })
  }
})

it('makes a valid Kustomization for the directory of each app', async () => {
  const all = kustomizations(plain)
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

it('makes valid Kustomizations of the second shape, and again under other names', async () => {
  const all = kustomizations(second)
  expect(all.map(({ metadata }) => metadata.name)).toEqual(['base', 'app-0000', 'app-0001'])
  expect(kustomizations(second, 'again-').map(({ metadata }) => metadata.name)).toEqual([
    'again-app-0000',
    'again-app-0001',
  ])
  for (const each of [...all, ...kustomizations(second, 'again-')])
    expect(await validate(kustomizationKind, each)).toEqual([])
  expect(all[1]?.spec).toMatchObject({ wait: true, serviceAccountName: 'bench-apps', dependsOn: [{ name: 'base' }] })
})

it('writes what the second shape substitutes and decrypts, with what that takes', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tidelock-bench-test-'))
  try {
    await writeRepository(root, second)
    expect(await readdir(root)).toEqual(['apps', 'base'])
    expect(await readFile(join(root, 'apps/app-0001/secret.yaml'), 'utf8')).toMatch(/^ {4}name: app-0001$[^]*^sops:$/m)
    expect(await readFile(join(root, deploymentPath('app-0001')), 'utf8')).toContain('value: ${CLUSTER_NAME}\n')
  } finally {
    await rm(root, { recursive: true })
  }
  const names = (await supportObjects(second)).map(({ kind, metadata }) => `${kind}/${metadata.name}`)
  expect(names).toEqual([
    ...['ServiceAccount/bench-apps', 'Role/bench-apps', 'RoleBinding/bench-apps'],
    ...['ConfigMap/cluster-settings', 'Secret/cluster-settings', 'Secret/sops-age'],
  ])
  expect(await supportObjects(plain)).toEqual([])
})

it('says what a workload is', () => {
  expect(describeWorkload({ ...plain, lockdown: true })).toBe(
    'Monorepo of 3 apps, one Kustomization each, each in the name of an account',
  )
  expect(describeWorkload({ ...second, sops: false })).toContain('with wait, dependsOn, substituteFrom, an account')
})
