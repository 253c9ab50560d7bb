// SPDX-License-Identifier: Apache-2.0
import { intAt, textAt } from '../fields.ts'
import { current, firstShortfall, inProgress } from '../results.ts'
import type { HealthObject, StatusResult } from '../types.ts'

/** Current once all replicas are ready and of one revision; with a partition, once its share is updated. */
export function statefulSetStatus(object: HealthObject): StatusResult {
  if (textAt(object, ['spec', 'updateStrategy', 'type'], '') === 'OnDelete') {
    return current('StatefulSet is using the ondelete update strategy')
  }
  const wanted = intAt(object, ['spec', 'replicas'], 1)
  const total = intAt(object, ['status', 'replicas'], 0)
  const behind = firstShortfall([
    { label: 'Replicas', have: total, want: wanted },
    { label: 'Ready', have: intAt(object, ['status', 'readyReplicas'], 0), want: wanted },
  ])
  if (behind !== undefined) return behind
  if (total > wanted) return inProgress(`Pending termination: ${total - wanted}`)
  return partitionStatus(object, wanted) ?? revisionStatus(object, wanted, total)
}

function partitionStatus(object: HealthObject, wanted: number): StatusResult | undefined {
  const partition = intAt(object, ['spec', 'updateStrategy', 'rollingUpdate', 'partition'], -1)
  if (partition === -1) return undefined
  const updated = intAt(object, ['status', 'updatedReplicas'], 0)
  const behind = firstShortfall([{ label: 'updated', have: updated, want: wanted - partition }])
  return behind ?? current(`Partition rollout complete. updated: ${updated}`)
}

function revisionStatus(object: HealthObject, wanted: number, total: number): StatusResult {
  const have = intAt(object, ['status', 'currentReplicas'], 0)
  const behind = firstShortfall([{ label: 'current', have, want: wanted }])
  if (behind !== undefined) return behind
  if (textAt(object, ['status', 'currentRevision'], '') !== textAt(object, ['status', 'updateRevision'], '')) {
    return inProgress('Waiting for updated revision to match current')
  }
  return current(`All replicas scheduled as expected. Replicas: ${total}`)
}
