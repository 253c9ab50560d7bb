// SPDX-License-Identifier: Apache-2.0
import { kustomizationRetryInterval } from '@tidelock/api'
import { errorMessage, hasCode } from '@tidelock/errors'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { Run } from '../dependencies.ts'
import type { Targeted } from '../target/target.ts'

/** When a cluster that is slow to answer is looked at again. */
const slowRetryMs = 3000

/**
 * Finds the cluster and the account that the spec names. A remote cluster that does not answer holds no worker: until it is known
 * whether it does, the run waits in the queue.
 */
export async function resolveTarget<R extends Run>(run: R): Promise<Step<R & Targeted>> {
  const { obj, deps, ctx } = run
  try {
    const target = await deps.targets.resolve(obj, ctx.signal)
    // a server elsewhere needs no sparing here, and must not take the slots from this one
    if (ctx.priority === 'user' || obj.spec.kubeConfig !== undefined) return next({ ...run, target })
    return next({ ...run, target: { ...target, client: target.client.within(deps.routineRequests) } })
  } catch (cause) {
    ctx.signal.throwIfAborted()
    const reason = 'ReconciliationFailed'
    if (hasCode(cause, 'ClusterSlow')) {
      return { kind: 'waiting', reason, message: errorMessage(cause), retryAfterMs: slowRetryMs, event: false }
    }
    return { kind: 'failed', reason, error: cause as Error, retryAfterMs: kustomizationRetryInterval(obj) }
  }
}
