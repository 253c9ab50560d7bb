// SPDX-License-Identifier: Apache-2.0
import { MalformedError, conditionsOf, fieldAt, textAt } from '../fields.ts'
import { current, failed, inProgress } from '../results.ts'
import type { HealthObject, StatusResult } from '../types.ts'

/** How long a Pod may wait for a node before that counts as a failure. */
const scheduleWindowMs = 15_000

/** Current when ready or ended; Failed when its containers crash again and again or no node takes it. */
export function podStatus(object: HealthObject, now: Date): StatusResult {
  const phase = textAt(object, ['status', 'phase'], '')
  switch (phase) {
    case 'Succeeded':
      return current('Pod has completed successfully')
    case 'Failed':
      return current('Pod has completed, but not successfully')
    case 'Running':
      return runningStatus(object)
    case 'Pending':
      return pendingStatus(object, now)
    case '':
      return inProgress('Pod phase not available')
    default:
      throw new MalformedError('Malformed', `unknown phase ${phase}`)
  }
}

/** Whether the scheduler said that no node takes the Pod: a cluster autoscaler may mend that. */
export function isUnschedulable(object: HealthObject): boolean {
  const scheduled = conditionsOf(object).find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  return scheduled?.reason === 'Unschedulable'
}

function runningStatus(object: HealthObject): StatusResult {
  if (conditionsOf(object).some(({ type, status }) => type === 'Ready' && status === 'True')) {
    return current('Pod is Ready')
  }
  const crashing = crashLoopingContainers(object)
  if (crashing.length > 0) return failed(`Containers in CrashLoop state: ${crashing.join(',')}`)
  return inProgress('Pod is running but is not Ready')
}

function pendingStatus(object: HealthObject, now: Date): StatusResult {
  if (!isUnschedulable(object)) return inProgress('Pod is in the Pending phase')
  const createdMs = Date.parse(textAt(object, ['metadata', 'creationTimestamp'], ''))
  if (now.getTime() - scheduleWindowMs < createdMs) return inProgress('Pod has not been scheduled')
  return failed('Pod could not be scheduled')
}

function crashLoopingContainers(object: HealthObject): readonly string[] {
  const statuses = fieldAt(object, ['status', 'containerStatuses'])
  if (!Array.isArray(statuses)) return []
  return statuses.flatMap((each: unknown) => {
    const name = fieldAt(each, ['name'])
    const reason = fieldAt(each, ['state', 'waiting', 'reason'])
    return typeof name === 'string' && reason === 'CrashLoopBackOff' ? [name] : []
  })
}
