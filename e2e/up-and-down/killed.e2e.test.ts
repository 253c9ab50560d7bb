// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { kustomizationKind } from '@tidelock/api'
import type { UpState } from '@tidelock/cli'
import { eventually } from '@tidelock/testkit'
import { startTidelock, tidelock } from '../harness/command.ts'
import { expectReady } from '../harness/objects.ts'
import { processesOf, untilNoProcess } from '../harness/processes.ts'
import { startUp, temporaryDirectory } from '../harness/up.ts'
import type { Up } from '../harness/up.ts'

// a machine that is busy with other tests takes its time
jest.setTimeout(240_000)

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let up: Up

beforeAll(async () => {
  directory = await temporaryDirectory()
  up = await startUp(directory.path)
})
afterAll(async () => {
  await up.stop()
  await directory.remove()
})

const noProcess = (): Promise<void> => untilNoProcess(directory.path)

describe('a killed tidelock up', () => {
  it('takes every process with it, and the next one goes on at once where it was', async () => {
    await eventually(() => expectReady(up.client, kustomizationKind, 6))
    const uidsBefore = await uids()
    const old = await processesOf(directory.path)
    await up.client.close()
    up.running.child.kill('SIGKILL')
    await up.running.ended

    const { state } = up
    up = await startUp(directory.path)
    await eventually(async () => {
      const alive = new Set((await processesOf(directory.path)).map(({ pid }) => pid))
      expect(old.filter(({ pid }) => alive.has(pid))).toEqual([])
    })
    expect(up.state).toMatchObject({ server: state.server, gitUrl: state.gitUrl, natsUrl: state.natsUrl })
    expect(await uids()).toEqual(uidsBefore)
    // the controllers work: not kept back by the Leases of the killed ones
    const { code, stderr } = await reconcileFleet()
    expect(stderr).toContain('✔ applied revision main@sha1:')
    expect(code).toBe(0)
  })
})

describe('a controller that ends by itself', () => {
  it('is started again, and works on', async () => {
    for (const name of ['source', 'kustomize']) process.kill(up.state.pids[name] ?? 0, 'SIGKILL')
    await eventually(async () => {
      const { pids } = JSON.parse(await readFile(`${directory.path}/up.json`, 'utf8')) as UpState
      for (const name of ['source', 'kustomize']) expect(pids[name]).not.toBe(up.state.pids[name])
    })
    const line = '► the source controller ended (signal SIGKILL): starting it again'
    await eventually(() => expect(up.running.stderr()).toContain(line))
    expect((await reconcileFleet()).code).toBe(0)
  })

  it('ends everything when it cannot start, with the end of its log', async () => {
    await up.stop()
    const { code, stderr } = await tidelock(['up', '--data', directory.path, '--controller-flag=--concurrent=none'])
    expect(stderr).toMatch(
      /✗ the (source|kustomize) controller did not start: exit code 1; the end of .*\.log:\n.*--concurrent/,
    )
    expect(code).toBe(1)
    await noProcess()
  })
})

describe('an interrupted tidelock up', () => {
  it.each([
    // a signal that comes late finds all up
    ['while it starts its cluster', 'data in', [130, 0]],
    ['while it starts its controllers', '► starting source-controller', [130, 0]],
    ['when all is up', 'Everything stays up until Ctrl-C', [0]],
  ])('ends %s, and leaves no process', async (_when, line, expected) => {
    const running = startTidelock(['up', '--data', directory.path])
    await eventually(() => expect(running.stderr()).toContain(line))
    running.child.kill('SIGINT')
    const { code, stderr } = await running.ended
    expect(expected).toContain(code)
    expect(stderr).not.toContain('✗')
    await noProcess()
  })
})

const reconcileFleet = (): ReturnType<typeof tidelock> => {
  const args = ['reconcile', 'kustomization', 'fleet', '--with-source', '--timeout', '1m']
  return tidelock(args, { env: { KUBECONFIG: up.state.kubeconfig } })
}

async function uids(): Promise<(string | undefined)[]> {
  const { items } = await up.client.list(kustomizationKind, {})
  return items.map(({ metadata }) => metadata.uid)
}
