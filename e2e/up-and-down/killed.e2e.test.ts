// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { gitRepositoryKind, kustomizationKind } from '@tidelock/api'
import type { GitRepository, Kustomization } from '@tidelock/api'
import { eventually } from '@tidelock/testkit'
import { startTidelock, tidelock } from '../harness/command.ts'
import { expectReady } from '../harness/objects.ts'
import { processesOf } from '../harness/processes.ts'
import { startUp, temporaryDirectory } from '../harness/up.ts'
import type { Up } from '../harness/up.ts'

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

const noProcess = async (): Promise<void> => expect(await processesOf(directory.path)).toEqual([])

describe('a killed tidelock up', () => {
  it('takes every process with it, and the next one goes on where it was', async () => {
    await eventually(() => expectReady(up.client, kustomizationKind, 6), { timeoutMs: 60_000 })
    const before = await up.client.list<GitRepository>(gitRepositoryKind, {})
    await up.client.close()
    up.running.child.kill('SIGKILL')
    await eventually(noProcess)

    const again = await startUp(directory.path)
    const { state } = up
    up = again
    expect(again.state).toMatchObject({ server: state.server, gitUrl: state.gitUrl, natsUrl: state.natsUrl })
    const after = await up.client.list<GitRepository>(gitRepositoryKind, {})
    expect(after.items.map(({ metadata }) => metadata.uid)).toEqual(before.items.map(({ metadata }) => metadata.uid))
    // the controllers work: not kept back by the Leases of the killed ones
    const { code, stderr } = await reconcile('kustomization', 'fleet', '--with-source')
    expect(stderr).toContain('✔ applied revision main@sha1:')
    expect(code).toBe(0)
    const { items } = await up.client.list<Kustomization>(kustomizationKind, {})
    expect(items).toHaveLength(6)
  })

  it('can be followed at once, without waiting for its processes', async () => {
    await up.client.close()
    up.running.child.kill('SIGKILL')
    await up.running.ended
    up = await startUp(directory.path)
    expect((await reconcile('source', 'git', 'fleet')).code).toBe(0)
  })
})

describe('an interrupted tidelock up', () => {
  it('ends at whatever point it is, with exit code 130 and no process left', async () => {
    await up.stop()
    for (const line of ['data in', 'control plane and bus are up', 'Git repository is served', 'controller healthy']) {
      const running = startTidelock(['up', '--data', directory.path])
      await eventually(() => expect(running.stderr()).toContain(line))
      running.child.kill('SIGINT')
      const { code, stderr } = await running.ended
      expect(`${code} ${stderr}`).toMatch(/^130 /)
      expect(stderr).not.toContain('✗')
      await noProcess()
    }
    up = await startUp(directory.path, ['--controllers', 'none', '--path', 'none'])
  })
})

describe('a tidelock up whose controller ends', () => {
  it('ends too, and says which one', async () => {
    await up.stop()
    up = await startUp(directory.path)
    process.kill(up.state.pids['source'] ?? 0, 'SIGKILL')
    const { code, stderr } = await up.running.ended
    expect(stderr).toContain(`✗ the source controller ended: signal SIGKILL; see ${up.state.logsDir}`)
    expect(code).toBe(1)
    await noProcess()
  })

  it('shows the end of the log of one that cannot start', async () => {
    const args = ['up', '--data', directory.path, '--controller-flag=--concurrent=none']
    const { code, stderr } = await tidelock(args)
    expect(stderr).toMatch(
      /✗ the (source|kustomize) controller did not start: exit code 1; the end of .*\.log:\n.*--concurrent/,
    )
    expect(code).toBe(1)
    await noProcess()
  })
})

async function reconcile(...words: string[]): ReturnType<typeof tidelock> {
  return tidelock(['reconcile', ...words], { env: { KUBECONFIG: up.state.kubeconfig } })
}
