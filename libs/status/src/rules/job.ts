// SPDX-License-Identifier: Apache-2.0
import { conditionsOf, fieldAt, intAt, textAt } from '../fields.ts'
import { current, failed, inProgress } from '../results.ts'
import type { HealthObject, StatusResult } from '../types.ts'

/**
 * Flux's rule, not kstatus': a running Job is InProgress (kstatus: Current), a suspended one Current. It also stands
 * before the general rules, so that a finished Job under deletion still counts as finished.
 */
export function jobStatus(object: HealthObject): StatusResult {
  if (fieldAt(object, ['spec', 'suspend']) === true) return current('Job is suspended')
  const parallelism = intAt(object, ['spec', 'parallelism'], 1)
  const completions = intAt(object, ['spec', 'completions'], parallelism)
  const count = (name: string): number => intAt(object, ['status', name], 0)
  for (const { type, status } of conditionsOf(object)) {
    if (status !== 'True') continue
    if (type === 'Complete') return current(`Job Completed. succeeded: ${count('succeeded')}/${completions}`)
    if (type === 'Failed') return failed(`Job Failed. failed: ${count('failed')}/${completions}`)
  }
  if (textAt(object, ['status', 'startTime'], '') === '') return inProgress(`Job not started. active: 0/${parallelism}`)
  return inProgress(
    `Job in progress. success:${count('succeeded')}, active: ${count('active')}, failed: ${count('failed')}`,
  )
}
