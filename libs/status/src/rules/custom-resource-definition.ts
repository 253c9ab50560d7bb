// SPDX-License-Identifier: Apache-2.0
import { conditionsOf } from '../fields.ts'
import { current, failed, inProgress } from '../results.ts'
import type { HealthObject, StatusResult } from '../types.ts'

/** Current once established; Failed when its names are taken or the API server gave up. */
export function customResourceDefinitionStatus(object: HealthObject): StatusResult {
  for (const { type, status, reason, message } of conditionsOf(object)) {
    if (type === 'NamesAccepted' && status === 'False') return failed(message)
    if (type !== 'Established') continue
    if (status === 'False' && reason !== 'Installing') return failed(message)
    if (status === 'True') return current('CRD is established')
  }
  return inProgress('Install in progress')
}
