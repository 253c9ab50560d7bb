// SPDX-License-Identifier: Apache-2.0
import type { HealthOutcome, HealthReport } from './health-types.ts'
import { waitMessage } from './wait-message.ts'

/** Whether the object is where the wait wants it: Current, or a Job with a time to live that is gone. */
export function isSettled({ target, status }: HealthReport): boolean {
  return status === 'Current' || (status === 'NotFound' && target.jobWithTtl === true)
}

/**
 * What the reports mean: the end of the wait, or undefined while it goes on. It ends well when every object is settled, and badly when
 * none can settle any more (or, failing fast, when one has failed).
 */
export function conclude(reports: readonly HealthReport[], failFast: boolean): HealthOutcome | undefined {
  const open = reports.filter((report) => !isSettled(report))
  if (open.length === 0) return { kind: 'healthy' }
  const failed = open.filter(({ status }) => status === 'Failed')
  if (failed.length === 0 || (!failFast && failed.length < open.length)) return undefined
  return { kind: 'failed', message: waitMessage('failed', failed), reports }
}

/** The end of a wait whose time is over. */
export function timedOut(reports: readonly HealthReport[]): HealthOutcome {
  const open = reports.filter((report) => !isSettled(report))
  return { kind: 'timedOut', message: waitMessage('timedOut', open), reports }
}
