// SPDX-License-Identifier: Apache-2.0
import { formatKey, groupMetadata, kustomizeGroup } from '@tidelock/api'
import type { Outcome, Trigger } from '@tidelock/runtime'
import type { Run } from '../dependencies.ts'

/**
 * With the gate CancelHealthCheckOnNewRevision: ends a wait for health when its source, a watched ConfigMap or Secret, or the object
 * itself changed, says so, and has the object run again at once. Without the gate only a build that came out differently ends a wait.
 * Undefined: there is nothing to cancel.
 */
export function cancelWait({ ctx, deps, key, obj, progress }: Run): Outcome | undefined {
  const { trigger } = ctx
  if (!deps.options.cancelHealthChecks || trigger === undefined || isAnother(trigger, obj.kind, formatKey(key)))
    return undefined
  const pending = deps.waits.get(key)
  if (pending === undefined || pending.wait.ended !== undefined) return undefined
  deps.waits.drop(key)
  const by = `new reconciliation triggered by ${trigger.kind}/${trigger.namespace}/${trigger.name}`
  ctx.log.info({ trigger }, 'New reconciliation triggered, canceling health checks')
  progress.annotate(groupMetadata(kustomizeGroup, { revision: obj.status?.lastAttemptedRevision }))
  return {
    kind: 'waiting',
    reason: 'HealthCheckCanceled',
    message: `N${by.slice(1)}`,
    // the run that follows is the one that handles a request
    underWay: 'Reconciliation in progress',
    retryAfterMs: 0,
    event: { severity: 'info', message: `Health checks canceled due to ${by}` },
  }
}

/** A dependency that became ready is no reason to begin anew. */
function isAnother(trigger: Trigger, ownKind: string, own: string): boolean {
  return trigger.kind === ownKind && formatKey(trigger) !== own
}
