// SPDX-License-Identifier: Apache-2.0
import type { Priority } from './outcome.ts'
import type { ApiObject } from '@tidelock/api'
import { hasPendingRequest, isReady, reconcileRequest } from '@tidelock/api'

/**
 * Whether a change of an object calls for a run, and how urgently: a new value of the request annotation (user), a new
 * generation, which spec changes and deletion bring (change). An object seen for the first time always does; with low
 * priority when nothing about it is open. Changes of the status, our own above all, do not. Undefined: no run.
 */
export function triggerOf(now: ApiObject, before: ApiObject | undefined): Priority | undefined {
  if (before === undefined || now.metadata.uid !== before.metadata.uid) return priorityOfNew(now)
  const request = reconcileRequest(now)
  if (request !== undefined && request !== reconcileRequest(before)) return 'user'
  if (now.metadata.generation !== before.metadata.generation) return 'change'
  return now.metadata.deletionTimestamp !== before.metadata.deletionTimestamp ? 'change' : undefined
}

function priorityOfNew(obj: ApiObject): Priority {
  if (hasPendingRequest(obj)) return 'user'
  const isSettled = isReady(obj) && obj.status?.observedGeneration === obj.metadata.generation
  return isSettled && obj.metadata.deletionTimestamp === undefined ? 'low' : 'change'
}
