// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { FakeClock } from '@tidelock/testkit'
import type { SourcedRun } from './dependencies.ts'
import { reportLongPhase } from './phases.ts'

interface Given {
  readonly tookMs?: number
  readonly isLong?: boolean
  readonly applied?: string
  readonly observed?: number
}

it.each<[string, Given, boolean]>([
  ['a quick run', { tookMs: 1999 }, false],
  ['a slow run', { tookMs: 2000 }, true],
  ['a run that will be long', { isLong: true }, true],
  ['a slow run without news', { tookMs: 9000, applied: 'r1', observed: 2 }, false],
  ['a slow run at a new revision', { tookMs: 9000, applied: 'r0', observed: 2 }, true],
  ['a slow run of a new generation', { tookMs: 9000, applied: 'r1', observed: 1 }, true],
])('reportLongPhase: %s: %#', async (_name, given, isReported) => {
  const { tookMs = 0, isLong = false, applied, observed } = given
  const clock = new FakeClock()
  const said: string[] = []
  const run = {
    obj: {
      metadata: { generation: 2 },
      spec: { interval: '5m' },
      status: { lastAppliedRevision: applied, observedGeneration: observed },
    },
    revision: 'r1',
    startedMs: clock.monotonic(),
    deps: { clock },
    progress: async (_reason: string, message: string) => void said.push(message),
  } as unknown as SourcedRun
  await clock.advance(tookMs)
  await reportLongPhase(run, 'Building manifests', isLong)
  expect(said).toEqual(isReported ? ['Building manifests for revision r1 with a timeout of 4m30s'] : [])
})
