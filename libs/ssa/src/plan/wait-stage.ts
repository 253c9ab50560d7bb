// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { statusOf } from '@tidelock/status'
import type { StatusResult } from '@tidelock/status'
import { ApplyError } from '../errors.ts'
import type { HealthReport } from '../wait/health-types.ts'
import { judge } from '../wait/judge.ts'
import { waitMessage } from '../wait/wait-message.ts'
import type { StageResult } from './apply-stage.ts'
import type { ApplyContext } from './context.ts'
import { mapBounded } from './map-bounded.ts'
import type { ApplyAllOptions } from './options.ts'

const defaultTimeoutMs = 60_000
const longestPauseMs = 2000

/**
 * Waits until the objects of a stage can be built upon: a CRD is served, a namespace is active, a class exists. Objects whose last
 * response says so already cost no request; the others are read again, often at first, then every 2 s. Throws `WaitFailed` or `WaitTimeout`.
 */
export async function waitForStage(
  context: ApplyContext,
  results: readonly StageResult[],
  options: ApplyAllOptions,
  signal: AbortSignal,
): Promise<void> {
  const told = options.statusOf ?? statusOf
  const timeoutMs = options.stageTimeoutMs ?? defaultTimeoutMs
  const deadline = context.clock.monotonic() + timeoutMs
  let reports = results
    .filter(({ live }) => live !== undefined)
    .map(({ entry, live }) => reportOf(entry.object, live === undefined ? undefined : judge(live, told).result))
  for (let pauseMs = 25; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const open = reports.filter(({ status }) => status !== 'Current')
    if (open.length === 0) return
    const timedOut = context.clock.monotonic() >= deadline
    if (timedOut || open.every(({ status }) => status === 'Failed')) {
      const message = waitMessage(timedOut ? 'timedOut' : 'failed', open)
      throw new ApplyError(timedOut ? 'WaitTimeout' : 'WaitFailed', message)
    }
    await context.clock.sleep(pauseMs, signal)
    const fresh = await mapBounded(open, context.concurrency, (report) => read(context, report, told, signal))
    reports = fresh.filter((report) => report !== undefined)
  }
}

async function read(
  { client }: ApplyContext,
  { target }: HealthReport,
  statusOf: (object: KubeObject) => StatusResult,
  signal: AbortSignal,
): Promise<HealthReport> {
  const live = await client.find(target.ref, { signal })
  return reportOf(target.ref, live === undefined ? undefined : judge(live, statusOf).result)
}

function reportOf(ref: HealthReport['target']['ref'], result: StatusResult | undefined): HealthReport {
  return { target: { ref }, status: result?.status ?? 'NotFound', message: result?.message ?? 'not found' }
}
