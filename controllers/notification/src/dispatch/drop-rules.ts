// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent, ProviderType } from '@tidelock/api'
import { hasEventKey, isCommitStatusUpdate } from '../events/metadata.ts'
import { isCommitStatusType } from '../sender/destination.ts'

const genericTypes: ReadonlySet<ProviderType> = new Set(['generic', 'generic-hmac'])
const commentTypes: ReadonlySet<ProviderType> = new Set([
  'githubpullrequestcomment',
  'gitlabmergerequestcomment',
  'giteapullrequestcomment',
])

/** Whether services of the type know what they were told before, so that nobody sees a repetition. */
export function isTakenOnce(type: ProviderType): boolean {
  return isCommitStatusType(type) || commentTypes.has(type) || type === 'alertmanager' || type === 'matrix'
}

/** Why an event is not told to a Provider of the type; undefined: it is. `event` has its metadata as received. */
export function dropReason(type: ProviderType, event: FluxEvent): string | undefined {
  const isUpdate = isCommitStatusUpdate(event)
  if (isCommitStatusType(type)) {
    if (isUpdate || hasEventKey(event, 'commit') || event.severity === 'error') return undefined
    return 'event dropped for commit status providers due to missing commit metadata key'
  }
  if (isUpdate && !genericTypes.has(type)) return 'event updates a commit status'
  if (commentTypes.has(type) && !hasEventKey(event, 'change_request'))
    return 'event dropped for change request providers due to missing change request metadata key'
  return undefined
}
