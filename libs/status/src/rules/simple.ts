// SPDX-License-Identifier: Apache-2.0
import { textAt } from '../fields.ts'
import { current, inProgress } from '../results.ts'
import type { HealthObject, StatusResult } from '../types.ts'

/** For kinds that are there or not there. */
export function alwaysCurrent(): StatusResult {
  return current('Resource is always ready')
}

/** Current once bound to a volume. */
export function persistentVolumeClaimStatus(object: HealthObject): StatusResult {
  const phase = textAt(object, ['status', 'phase'], 'unknown')
  return phase === 'Bound' ? current('PVC is Bound') : inProgress(`PVC is not Bound. phase: ${phase}`)
}

/** Current at once, but for a load balancer, which needs its cluster address first. */
export function serviceStatus(object: HealthObject): StatusResult {
  const isBalanced = textAt(object, ['spec', 'type'], 'ClusterIP') === 'LoadBalancer'
  if (isBalanced && textAt(object, ['spec', 'clusterIP'], '') === '') {
    return inProgress('ClusterIP not set. Service type: LoadBalancer')
  }
  return current('Service is ready')
}

/** Current as soon as the general rules saw that the disruption controller has observed it. */
export function podDisruptionBudgetStatus(): StatusResult {
  return current('AllowedDisruptions has been computed.')
}
