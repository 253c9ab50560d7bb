// SPDX-License-Identifier: Apache-2.0
import { intAt, strictIntAt } from '../fields.ts'
import { current, firstShortfall, inProgress } from '../results.ts'
import type { HealthObject, StatusResult } from '../types.ts'

/** Current once every wanted node runs an updated, available and ready Pod. */
export function daemonSetStatus(object: HealthObject): StatusResult {
  // absent generations pass the general check, but a DaemonSet that its controller has seen always has them
  for (const path of [
    ['metadata', 'generation'],
    ['status', 'observedGeneration'],
  ]) {
    if (strictIntAt(object, path) === undefined) return inProgress(`${object.kind} ${path.join('.')} not found`)
  }
  const wanted = intAt(object, ['status', 'desiredNumberScheduled'], -1)
  if (wanted === -1) return inProgress('Missing .status.desiredNumberScheduled')
  const count = (label: string, name: string) => ({ label, have: intAt(object, ['status', name], 0), want: wanted })
  const behind = firstShortfall([
    count('Current', 'currentNumberScheduled'),
    count('Updated', 'updatedNumberScheduled'),
    count('Available', 'numberAvailable'),
    count('Ready', 'numberReady'),
  ])
  return behind ?? current(`All replicas scheduled as expected. Replicas: ${wanted}`)
}
