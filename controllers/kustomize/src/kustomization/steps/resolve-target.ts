// SPDX-License-Identifier: Apache-2.0
import { kustomizationRetryInterval } from '@tidelock/api'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { Run } from '../dependencies.ts'
import type { Targeted } from '../target/target.ts'

/** Finds the cluster and the account that the spec names. */
export async function resolveTarget<R extends Run>(run: R): Promise<Step<R & Targeted>> {
  const { obj, deps, ctx } = run
  try {
    return next({ ...run, target: await deps.targets.resolve(obj, ctx.signal) })
  } catch (cause) {
    ctx.signal.throwIfAborted()
    const retryAfterMs = kustomizationRetryInterval(obj)
    return { kind: 'failed', reason: 'ReconciliationFailed', error: cause as Error, retryAfterMs }
  }
}
