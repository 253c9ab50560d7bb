// SPDX-License-Identifier: Apache-2.0
import type { ConditionView } from '../fields.ts'
import { conditionsOf, intAt } from '../fields.ts'
import { current, failed, firstShortfall, inProgress } from '../results.ts'
import type { HealthObject, StatusResult } from '../types.ts'

// what the deployment controller takes for "no deadline": it then never sets the Progressing condition
const noDeadline = 2 ** 31 - 1

/** Current once every replica is updated, available and ready, and the rollout's conditions agree. */
export function deploymentStatus(object: HealthObject): StatusResult {
  const conditions = conditionsOf(object)
  if (conditions.some(({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded')) {
    return failed('Progress deadline exceeded')
  }
  return replicaStatus(object) ?? rolloutStatus(object, conditions)
}

function replicaStatus(object: HealthObject): StatusResult | undefined {
  const wanted = intAt(object, ['spec', 'replicas'], 1)
  const count = (name: string): number => intAt(object, ['status', name], 0)
  const [total, updated, available] = [count('replicas'), count('updatedReplicas'), count('availableReplicas')]
  const behind = firstShortfall([
    { label: 'Replicas', have: total, want: wanted },
    { label: 'Updated', have: updated, want: wanted },
  ])
  if (behind !== undefined) return behind
  if (total > wanted) return inProgress(`Pending termination: ${total - wanted}`)
  return firstShortfall([
    { label: 'Available', have: available, want: updated },
    { label: 'Ready', have: count('readyReplicas'), want: wanted },
  ])
}

function rolloutStatus(object: HealthObject, conditions: readonly ConditionView[]): StatusResult {
  const isTrue = (wanted: string, reason?: string): boolean =>
    conditions.some((each) => each.type === wanted && each.status === 'True' && (reason ?? each.reason) === each.reason)
  const progressed =
    intAt(object, ['spec', 'progressDeadlineSeconds'], noDeadline) === noDeadline ||
    isTrue('Progressing', 'NewReplicaSetAvailable')
  if (!progressed) return inProgress('ReplicaSet not Available')
  if (!isTrue('Available')) return inProgress('Deployment not Available')
  return current(`Deployment is available. Replicas: ${intAt(object, ['status', 'replicas'], 0)}`)
}
