// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { Status } from '@tidelock/status'
import type { HealthReport } from './health-types.ts'
import { conclude, timedOut } from './tally.ts'

function report(
  name: string,
  status: Status | undefined,
  more: { jobWithTtl?: boolean; error?: string } = {},
): HealthReport {
  const { jobWithTtl, error } = more
  const target = {
    ref: { apiVersion: 'batch/v1', kind: 'Job', namespace: 'n', name },
    ...(jobWithTtl === undefined ? {} : { jobWithTtl }),
  }
  return { target, status, message: '', ...(error === undefined ? {} : { error }) }
}

describe('conclude', () => {
  it.each([
    ['nothing to wait for', [], false, 'healthy'],
    ['all current', [report('a', 'Current')], false, 'healthy'],
    ['a Job with a time to live that is gone', [report('a', 'NotFound', { jobWithTtl: true })], false, 'healthy'],
    ['a Job without one that is gone', [report('a', 'NotFound')], false, undefined],
    ['one not looked at yet', [report('a', 'Current'), report('b', undefined)], false, undefined],
    ['one failed, one in progress', [report('a', 'Failed'), report('b', 'InProgress')], false, undefined],
    [
      'the same, failing fast',
      [report('a', 'Failed'), report('b', 'InProgress')],
      true,
      "failed early due to stalled resources: [Job/n/a status: 'Failed']",
    ],
    [
      'none can get better',
      [report('a', 'Failed'), report('b', 'Current'), report('c', 'Failed')],
      false,
      "failed early due to stalled resources: [Job/n/a status: 'Failed', Job/n/c status: 'Failed']",
    ],
    ['one cannot be read', [report('a', 'Unknown', { error: 'forbidden' })], true, undefined],
  ])('%s', (_name, reports, failFast, expected) => {
    const outcome = conclude(reports, failFast)
    expect(outcome !== undefined && 'message' in outcome ? outcome.message : outcome?.kind).toBe(expected)
  })
})

describe('timedOut', () => {
  it('lists what is open in the words of Flux', () => {
    const reports = [
      report('a', 'Current'),
      report('b', 'InProgress'),
      report('c', undefined),
      report('d', 'Unknown', { error: 'jobs is forbidden' }),
    ]
    expect(timedOut(reports)).toMatchObject({
      kind: 'timedOut',
      message:
        "timeout waiting for: [Job/n/b status: 'InProgress', can't determine status for Job/n/c, Job/n/d status: 'Unknown': jobs is forbidden]",
    })
  })
})
