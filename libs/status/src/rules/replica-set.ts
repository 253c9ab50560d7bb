// SPDX-License-Identifier: Apache-2.0
import { conditionsOf, intAt } from '../fields.ts'
import { current, firstShortfall, inProgress } from '../results.ts'
import type { HealthObject, StatusResult } from '../types.ts'

/** Current once every replica is labelled, available and ready, and none is surplus. */
export function replicaSetStatus(object: HealthObject): StatusResult {
  if (conditionsOf(object).some(({ type, status }) => type === 'ReplicaFailure' && status === 'True')) {
    return inProgress('Replica Failure condition. Check Pods')
  }
  const wanted = intAt(object, ['spec', 'replicas'], 1)
  const count = (name: string): number => intAt(object, ['status', name], 0)
  const behind = firstShortfall([
    { label: 'Labelled', have: count('fullyLabeledReplicas'), want: wanted },
    { label: 'Available', have: count('availableReplicas'), want: wanted },
    { label: 'Ready', have: count('readyReplicas'), want: wanted },
  ])
  if (behind !== undefined) return behind
  const total = count('replicas')
  if (total > wanted) return inProgress(`Pending termination: ${total - wanted}`)
  return current(`ReplicaSet is available. Replicas: ${total}`)
}
