// SPDX-License-Identifier: Apache-2.0
import { formatRef, isKubeError } from '@tidelock/kube'
import type { ObjectRef } from '@tidelock/kube'
import { ApplyError, SsaError } from '../errors.ts'
import type { Refusal } from '../errors.ts'
import type { ApplyContext } from './context.ts'
import { mapBounded } from './map-bounded.ts'
import { throwRefusals } from './plan-stage.ts'
import type { Plan } from './plan-object.ts'
import { refusalOf } from './refusal.ts'

/**
 * Deletes the objects that have to be made again, waits until they are gone, and dry-runs their creation. Runs after the whole stage
 * passed its dry run and before anything of it is applied. Throws `DryRunRefused` when the server will not have one of them again.
 */
export async function deleteForRecreation(
  context: ApplyContext,
  plans: readonly Plan[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const refusals: Refusal[] = []
  await mapBounded(plans, context.concurrency, async (plan) => {
    const write = context.observer?.writing(plan.ref)
    try {
      await remove(context, plan, timeoutMs, signal)
      write?.deleted()
    } catch (error) {
      write?.written(undefined)
      throw error
    }
    try {
      await context.client.apply(plan.payload, {
        fieldManager: context.owner.fieldManager,
        force: true,
        dryRun: true,
        signal,
      })
    } catch (error) {
      signal.throwIfAborted()
      refusals.push(refusalOf(plan.ref, error))
    }
  })
  throwRefusals(
    plans.map(({ rendered }) => rendered),
    refusals,
  )
}

async function remove(context: ApplyContext, plan: Plan, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const subject = formatRef(plan.ref)
  try {
    await context.client.delete(plan.ref, { propagation: 'Background', uid: plan.live?.metadata.uid, signal })
  } catch (error) {
    signal.throwIfAborted()
    if (!isKubeError(error, 'NotFound')) {
      throw new ApplyError('ApplyFailed', `${subject} immutable field detected, failed to delete object`, {
        cause: error,
      })
    }
  }
  try {
    await waitUntilGone(context, plan.ref, plan.live?.metadata.uid, { timeoutMs, pollMs: 2000 }, signal)
  } catch (error) {
    signal.throwIfAborted()
    const message = `${subject} immutable field detected, failed to wait for object to be deleted`
    throw new ApplyError('ApplyFailed', message, { cause: error })
  }
}

/**
 * Resolves when the object is gone (or, given a uid, another one has its place). Asks often at first, then every `pollMs`. Throws
 * `TerminationTimeout`.
 */
export async function waitUntilGone(
  { client, clock }: Pick<ApplyContext, 'client' | 'clock'>,
  ref: ObjectRef,
  uid: string | undefined,
  { timeoutMs, pollMs }: { readonly timeoutMs: number; readonly pollMs: number },
  signal: AbortSignal,
): Promise<void> {
  const deadline = clock.monotonic() + timeoutMs
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, pollMs)) {
    const live = await client.find(ref, { signal, metadataOnly: true })
    if (live === undefined || (uid !== undefined && live.metadata.uid !== uid)) return
    if (clock.monotonic() + pauseMs > deadline) {
      throw new SsaError(
        'TerminationTimeout',
        `${formatRef(ref)} termination timeout: still there after ${timeoutMs / 1000}s`,
      )
    }
    await clock.sleep(pauseMs, signal)
  }
}
