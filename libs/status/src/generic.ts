// SPDX-License-Identifier: Apache-2.0
import { conditionsOf, fieldAt, strictIntAt } from './fields.ts'
import { current, failed, inProgress } from './results.ts'
import type { HealthObject, StatusResult } from './types.ts'

/**
 * The rules that come before those of a kind: deletion, a generation that is not observed yet, and the conditions
 * Reconciling and Stalled. Undefined when none of them decides.
 */
export function generalStatus(object: HealthObject): StatusResult | undefined {
  const deleted = fieldAt(object, ['metadata', 'deletionTimestamp'])
  if (typeof deleted === 'string' && deleted !== '') {
    return { status: 'Terminating', message: 'Resource scheduled for deletion' }
  }
  const unobserved = generationStatus(object)
  if (unobserved !== undefined) return unobserved
  for (const { type, status, message } of conditionsOf(object)) {
    if (type === 'Reconciling' && status === 'True') return inProgress(message)
    if (type === 'Stalled' && status === 'True') return failed(message)
  }
  return undefined
}

function generationStatus(object: HealthObject): StatusResult | undefined {
  const generation = strictIntAt(object, ['metadata', 'generation'])
  if (generation === undefined) return undefined
  const observed = strictIntAt(object, ['status', 'observedGeneration'])
  if (observed === undefined || observed === generation) return undefined
  return inProgress(`${object.kind} generation is ${generation}, but latest observed generation is ${observed}`)
}

/** The rule for kinds without one of their own: the Ready condition, and Current where there is none. */
export function readyStatus(object: HealthObject): StatusResult {
  for (const { type, status, message } of conditionsOf(object)) {
    if (type !== 'Ready') continue
    if (status === 'True') return current('Resource is Ready')
    if (status === 'False' || status === 'Unknown') return inProgress(message)
  }
  return current('Resource is current')
}
