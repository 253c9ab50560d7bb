// SPDX-License-Identifier: Apache-2.0
import { formatRef } from '@tidelock/kube'
import type { HealthReport } from './health-types.ts'

/** The objects that failed a wait in Flux's words: `timeout waiting for: [Deployment/ns/name status: 'InProgress']`. */
export function waitMessage(kind: 'failed' | 'timedOut', reports: readonly HealthReport[]): string {
  const opening = kind === 'timedOut' ? 'timeout waiting for' : 'failed early due to stalled resources'
  return `${opening}: [${reports.map(describe).join(', ')}]`
}

function describe({ target, status, error }: HealthReport): string {
  const subject = formatRef(target.ref)
  if (status === undefined) return `can't determine status for ${subject}`
  return `${subject} status: '${status}'${error === undefined ? '' : `: ${error}`}`
}
