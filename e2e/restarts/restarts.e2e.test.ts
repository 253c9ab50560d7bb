// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { kustomizationKind } from '@tidelock/api'
import type { Kind, Kustomization } from '@tidelock/api'
import type { UpState } from '@tidelock/cli'
import { eventually } from '@tidelock/testkit'
import { cloneRepository } from '../harness/clone.ts'
import { recordEvents } from '../harness/events.ts'
import type { EventRecorder } from '../harness/events.ts'
import { processesOf } from '../harness/processes.ts'
import { startUp, temporaryDirectory } from '../harness/up.ts'
import type { Up } from '../harness/up.ts'
import { recordVersions } from '../harness/versions.ts'
import type { VersionRecorder } from '../harness/versions.ts'
import { apps, configMapNames, fleetFiles, gateOf } from './fleet.ts'

// a machine that is busy with other tests takes its time
jest.setTimeout(600_000)

const configMapKind: Kind = { group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true }
const all = apps + 1
const bound = { timeoutMs: 120_000 }
const oneLook = { timeoutMs: 120_000, intervalMs: 20 }
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let up: Up
let events: EventRecorder
let versions: VersionRecorder

beforeAll(async () => {
  directory = await temporaryDirectory()
  const repository = join(directory.path, 'files')
  for (const [path, content] of Object.entries(fleetFiles('first'))) {
    await mkdir(dirname(join(repository, path)), { recursive: true })
    await writeFile(join(repository, path), content)
  }
  up = await startUp(join(directory.path, 'data'), ['--repository', repository])
  versions = await recordVersions(up.client, configMapKind)
  events = recordEvents(up.state)
})
afterAll(async () => {
  await versions.stop()
  await events.stop()
  await up.stop()
  await directory.remove()
})

async function appliedAt(commit: string): Promise<string[]> {
  const { items } = await up.client.list<Kustomization>(kustomizationKind, { namespace: 'flux-system' })
  return items
    .filter(({ status }) => status?.lastAppliedRevision?.endsWith(commit) === true)
    .map(({ metadata }) => metadata.name)
}

/** Waits until so many have applied the commit; half of them wait until the gate is open. */
const untilSomeApplied = (commit: string, count: number): Promise<void> =>
  eventually(async () => expect((await appliedAt(commit)).length).toBeGreaterThanOrEqual(count), oneLook)

/** Lets the other half go on. The API server may be down. */
async function openGate(release: string): Promise<void> {
  const metadata = { name: gateOf(release), namespace: 'default' }
  await eventually(
    () => up.client.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata }, { fieldManager: 'e2e' }),
    bound,
  )
}

const untilAllApplied = (commit: string): Promise<void> =>
  eventually(async () => expect(await appliedAt(commit)).toHaveLength(all), bound)

async function killControllers(): Promise<void> {
  const { pids } = JSON.parse(await readFile(join(up.state.dataDir, 'up.json'), 'utf8')) as UpState
  for (const pid of Object.values(pids)) process.kill(pid, 'SIGKILL')
}

/** Every Kustomization said on the bus that it was done with the commit. */
async function expectAllFinished(commit: string): Promise<void> {
  await eventually(() => {
    const said = events.events.filter(
      ({ message, metadata }) =>
        message.startsWith('Reconciliation finished') &&
        metadata?.['kustomize.toolkit.fluxcd.io/revision']?.endsWith(commit) === true,
    )
    expect(new Set(said.map(({ involvedObject }) => involvedObject.name)).size).toBe(all)
  }, bound)
}

/** How often each ConfigMap was said to have got there by an event. */
function saidOf(action: 'created' | 'configured'): Map<string, number> {
  const said = new Map<string, number>()
  for (const { message } of events.events)
    for (const [, name = ''] of message.matchAll(new RegExp(`ConfigMap/default/(\\S+) ${action}`, 'g')))
      said.set(name, (said.get(name) ?? 0) + 1)
  return said
}

const once = new Map(configMapNames().map((name) => [name, 1]))
const written = (): Map<string, number> => new Map([...versions.versions].map(([name, seen]) => [name, seen.length]))
const sorted = (counts: ReadonlyMap<string, number>): string[] =>
  [...counts].map(([name, count]) => `${name}: ${count}`).toSorted()

describe('a sync of 50 Kustomizations', () => {
  let clone: Awaited<ReturnType<typeof cloneRepository>>

  it('goes on when the API server is killed in the middle: each object is written once, each event arrives', async () => {
    clone = await cloneRepository(up.state.gitUrl, directory.path)
    const commit = await clone.head()
    await untilSomeApplied(commit, 4)
    const server = (await processesOf(up.state.dataDir)).find(({ command }) => command.includes('kube-apiserver'))
    process.kill(server?.pid ?? 0, 'SIGKILL')
    await openGate('first')
    await untilAllApplied(commit)
    await eventually(() => expect(sorted(written())).toEqual(sorted(once)), bound)
    await expectAllFinished(commit)
    await eventually(() => expect(sorted(saidOf('created'))).toEqual(sorted(once)), bound)
  })

  it('goes on when the controllers are killed in the middle, twice: each object is changed once, no end goes unsaid', async () => {
    const commit = await clone.push('The second release', fleetFiles('second'))
    await untilSomeApplied(commit, 4)
    await killControllers()
    await untilSomeApplied(commit, 15)
    await killControllers()
    await openGate('second')
    await untilAllApplied(commit)
    const twice = new Map(configMapNames().map((name) => [name, 2]))
    await eventually(() => expect(sorted(written())).toEqual(sorted(twice)), bound)
    await expectAllFinished(commit)
    // whoever was about to do it when it was killed has it said for it, and the next one may say it once more: two were killed
    expect(Math.max(...saidOf('configured').values())).toBeLessThanOrEqual(3)
  })
})
