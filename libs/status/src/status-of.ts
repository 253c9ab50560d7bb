// SPDX-License-Identifier: Apache-2.0
import { healthCatalogue } from './catalogue.ts'
import { MalformedError, fieldAt } from './fields.ts'
import { generalStatus, readyStatus } from './generic.ts'
import { failed } from './results.ts'
import { jobStatus } from './rules/job.ts'
import { isUnschedulable } from './rules/pod.ts'
import type { HealthObject, StatusOptions, StatusResult } from './types.ts'

/**
 * The health of any object by the rules of kstatus as Flux runs them (fluxcd/cli-utils, with Flux's own rule for Jobs).
 * Never throws: an object that cannot be judged, because a field has the wrong type, is `Unknown` and the message says
 * which. With `options.pods`, a StatefulSet or ReplicaSet that is InProgress fails when one of its Pods failed for good.
 */
export function statusOf(object: HealthObject, options: StatusOptions = {}): StatusResult {
  const now = options.now ?? new Date()
  try {
    const result = ownStatus(object, now)
    if (result.status !== 'InProgress' || options.pods === undefined || !ownsPods(object)) return result
    const lost = options.pods.filter((pod) => hasFailedForGood(pod, now)).length
    return lost > 0 ? failed(`${lost} pods have failed`) : result
  } catch (error) {
    if (error instanceof MalformedError) return { status: 'Unknown', message: error.message }
    throw error
  }
}

function ownStatus(object: HealthObject, now: Date): StatusResult {
  const key = kindKey(object)
  if (key === 'batch/Job') return jobStatus(object)
  return generalStatus(object) ?? (healthCatalogue.get(key) ?? readyStatus)(object, now)
}

function kindKey({ apiVersion, kind }: HealthObject): string {
  const slash = apiVersion.indexOf('/')
  return slash === -1 ? kind : `${apiVersion.slice(0, slash)}/${kind}`
}

function ownsPods(object: HealthObject): boolean {
  const key = kindKey(object)
  return key === 'apps/StatefulSet' || key === 'apps/ReplicaSet'
}

function hasFailedForGood(pod: HealthObject, now: Date): boolean {
  const leaving = fieldAt(pod, ['metadata', 'deletionTimestamp'])
  if (leaving !== undefined && leaving !== null) return false
  return statusOf(pod, { now }).status === 'Failed' && !isUnschedulable(pod)
}
