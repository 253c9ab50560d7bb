// SPDX-License-Identifier: Apache-2.0
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { kustomizationKind } from '@tidelock/api'
import { eventually } from '@tidelock/testkit'
import { tidelock } from '../harness/command.ts'
import type { Ended } from '../harness/command.ts'
import { expectReady } from '../harness/objects.ts'
import { startUp, temporaryDirectory } from '../harness/up.ts'
import type { Up } from '../harness/up.ts'

// a machine that is busy with other tests takes its time
jest.setTimeout(240_000)

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let fleet: string
let up: Up

beforeAll(async () => {
  directory = await temporaryDirectory()
  fleet = join(directory.path, 'fleet')
  await cp(fileURLToPath(new URL('../../examples/fleet', import.meta.url)), fleet, { recursive: true })
  up = await startUp(join(directory.path, 'data'))
  await eventually(() => expectReady(up.client, kustomizationKind, 6), { timeoutMs: 60_000 })
})
afterAll(async () => {
  await up.stop()
  await directory.remove()
})

/** With the entry Kustomization of the sample and all that it leads to. */
const run = (...args: string[]): Promise<Ended> => {
  const source = `GitRepository/flux-system/fleet=${fleet}`
  const path = join(fleet, 'clusters/local')
  return tidelock([
    ...args,
    'fleet',
    '--kubeconfig',
    up.state.kubeconfig,
    '--path',
    path,
    '-r',
    '--local-sources',
    source,
  ])
}

describe('the working copy of what was applied', () => {
  it('renders to all objects', async () => {
    const { stdout, stderr, code } = await run('build', 'kustomization')
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout.split('---\n').length).toBeGreaterThan(20)
    expect(stdout).toContain('kustomize.toolkit.fluxcd.io/name: orders-staging\n')
  })

  it('differs in nothing, and then in what was edited', async () => {
    expect(await run('diff', 'kustomization')).toEqual({ stdout: '', stderr: '', code: 0 })
    const file = join(fleet, 'apps/orders/base/deployment.yaml')
    const before = await readFile(file, 'utf8')
    const after = before.replace(/name: http$/m, 'name: web')
    expect(after).not.toBe(before)
    await writeFile(file, after)
    await rm(join(fleet, 'apps/storefront/overlays/production/probes.yaml'))
    const kustomization = join(fleet, 'apps/storefront/overlays/production/kustomization.yaml')
    const { stderr, code } = await run('diff', 'kustomization')
    expect(code).toBe(2)
    expect(stderr).toContain('probes.yaml')
    await writeFile(kustomization, (await readFile(kustomization, 'utf8')).replace(/^.*probes\.yaml.*\n/m, ''))
    const changed = await run('diff', 'kustomization')
    expect(changed.code).toBe(1)
    expect(changed.stdout).toMatch(
      /^📁 Kustomization\/flux-system\/orders-staging changed\n► Deployment\/staging\/orders drifted\n/m,
    )
    expect(changed.stderr).toBe('✗ identified at least one change, exiting with non-zero exit code\n')
  })
})
