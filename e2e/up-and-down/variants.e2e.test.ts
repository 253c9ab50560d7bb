// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { crds, kustomizationKind } from '@tidelock/api'
import { eventually } from '@tidelock/testkit'
import { expectReady } from '../harness/objects.ts'
import { processesOf, untilNoProcess } from '../harness/processes.ts'
import { startUp, temporaryDirectory } from '../harness/up.ts'
import type { Up } from '../harness/up.ts'

// a machine that is busy with other tests takes its time
jest.setTimeout(240_000)

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let bare: Up

beforeAll(async () => {
  directory = await temporaryDirectory()
  bare = await startUp(join(directory.path, 'bare'), ['--controllers', 'none', '--path', 'none'])
})
afterAll(async () => {
  await bare.stop()
  await directory.remove()
})

describe('tidelock up --controllers none', () => {
  it('starts a cluster with the kinds, and no controller', async () => {
    expect(bare.state.pids).toEqual({})
    const commands = (await processesOf(bare.state.dataDir)).map(({ command }) => command)
    expect(commands.filter((each) => each.includes('controllers/'))).toEqual([])
    for (const { spec } of await crds()) {
      const [version] = spec.versions
      const kind = {
        ...spec,
        version: version?.name ?? '',
        kind: spec.names.kind,
        plural: spec.names.plural,
        namespaced: true,
      }
      expect((await bare.client.list(kind, {})).items).toEqual([])
    }
  })
})

describe('tidelock up --single-process --kubeconfig of another running cluster', () => {
  let guest: Up
  const dataDir = (): string => join(directory.path, 'guest')

  beforeAll(async () => {
    guest = await startUp(dataDir(), ['--single-process', '--kubeconfig', bare.state.kubeconfig])
  })
  afterAll(() => guest.stop())

  it('starts no cluster and no bus, and says where events go', async () => {
    expect(guest.state).toMatchObject({ server: bare.state.server, natsUrl: '', kubeconfig: bare.state.kubeconfig })
    // the Git server starts a short-lived process a request
    await eventually(async () =>
      expect((await processesOf(dataDir())).map(({ pid }) => pid)).toEqual([guest.running.pid]),
    )
    expect(guest.running.stderr()).toContain('no bus is started')
  })

  it('runs all controllers in the process of up, whose logs go to files', async () => {
    const { pid } = guest.running
    expect(guest.state.pids).toEqual({ source: pid, kustomize: pid, notification: pid })
    await eventually(() => expectReady(guest.client, kustomizationKind, 6))
    expect(guest.running.stderr()).not.toContain('"level"')
    for (const name of ['source', 'kustomize']) {
      const log = await readFile(join(guest.state.logsDir, `${name}-controller.log`), 'utf8')
      expect(log).toContain('Reconciliation finished')
      expect(log).not.toMatch(/forbidden/i)
    }
  })

  it('leaves that cluster running when it ends', async () => {
    await guest.stop()
    expect((await guest.running.ended).stderr).toContain('what was applied stays in the cluster')
    await untilNoProcess(dataDir())
    await expectReady(bare.client, kustomizationKind, 6)
  })
})
