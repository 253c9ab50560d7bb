// SPDX-License-Identifier: Apache-2.0
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { cloneRepository } from '../harness/clone.ts'
import { tidelock } from '../harness/command.ts'
import type { Ended } from '../harness/command.ts'
import { untilNoProcess } from '../harness/processes.ts'
import { temporaryDirectory } from '../harness/up.ts'

// a machine that is busy with other tests takes its time
jest.setTimeout(240_000)

const steps = [
  /1\. What stands in Git becomes live\n(.*\n)+ +✔ 6 Kustomizations applied and ready +\d/,
  /2\. A commit is pushed\n(.*\n)+ +✔ 2 → 3 replicas in the cluster after the push +\d/,
  /3\. Somebody edits by hand\n(.*\n)+ +✔ undone: \S+ +\d/,
  /4\. Somebody deletes by hand\n(.*\n)+ +✔ made again +\d/,
  /5\. A file is deleted in Git\n(.*\n)+ +✔ poddisruptionbudget\/orders is pruned +\d/,
  / +✔ poddisruptionbudget\/orders is back +\d/,
  /6\. People are told\n(.*\n)+ +info +Kustomization\/\S+: .*\n +✔ \d+ messages about commit [0-9a-f]{8} +\d/,
  /All 6 steps held\./,
]

let directory: Awaited<ReturnType<typeof temporaryDirectory>>

beforeAll(async () => {
  directory = await temporaryDirectory()
})
afterAll(() => directory.remove())

function walkThrough(...more: string[]): Promise<Ended> {
  return tidelock(['up', '--walkthrough', '--once', '--data', directory.path, ...more])
}

async function readLogs(): Promise<string> {
  const logs = join(directory.path, 'logs')
  const names = await readdir(logs)
  return (await Promise.all(names.map((name) => readFile(join(logs, name), 'utf8')))).join('')
}

describe('the walk-through of the first run', () => {
  it('shows every step in a new data directory, and ends with 0 and nothing left running', async () => {
    const { code, stderr } = await walkThrough()
    for (const step of steps) expect(stderr).toMatch(step)
    expect(stderr).toContain(`data in ${directory.path}`)
    expect(stderr).toContain(`stopped; the data in ${directory.path} is kept`)
    expect(code).toBe(0)
    await untilNoProcess(directory.path)
  })

  it('did not need a right that the controllers have not got', async () => {
    const logs = await readLogs()
    expect(logs).toContain('Reconciliation finished')
    expect(logs.split('\n').filter((line) => /forbidden|permissions violation/i.test(line))).toEqual([])
  })

  it('plays again on the data that the first run left, also where that was an earlier version whose sample told nobody', async () => {
    const clone = await cloneRepository(join(directory.path, 'git/fleet.git'), directory.path)
    await clone.edit('clusters/local/kustomization.yaml', '  - notifications.yaml\n', '')
    await clone.push('Tell nobody', { 'clusters/local/notifications.yaml': null })
    const { code, stderr } = await walkThrough()
    expect(stderr).toContain('✔ 6 Kustomizations checked again and ready')
    expect(stderr).toContain('✔ alert/inbox is there')
    expect(stderr).toContain('✔ 3 → 4 replicas in the cluster')
    expect(stderr).toContain('All 6 steps held.')
    expect(code).toBe(0)
  })

  it('ends with 1 and says which step did not hold', async () => {
    const { code, stderr } = await walkThrough('--controllers', 'source', '--step-timeout', '1s')
    expect(stderr).toMatch(
      /✗ step 1 \(What stands in Git becomes live\) did not hold: .* within 1s: fleet: did not run yet/,
    )
    expect(code).toBe(1)
    await untilNoProcess(directory.path)
  })
})
