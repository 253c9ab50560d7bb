// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { formatRef, KubeError } from '@tidelock/kube'
import { ApplyError } from '../errors.ts'
import type { ChangeSetEntry } from '../model/change-set.ts'
import { isJobWithTtl, parallelGroups } from '../object/stage.ts'
import { observedOf } from './context.ts'
import type { ApplyContext } from './context.ts'
import { mapBounded } from './map-bounded.ts'
import type { ApplyAllOptions } from './options.ts'
import type { Plan } from './plan-object.ts'
import { planStage } from './plan-stage.ts'
import { deleteForRecreation } from './recreate.ts'
import { writeObject } from './write-object.ts'

/** One object after its stage: its result, and the object as the server last sent it (undefined when no request was made). */
export interface StageResult {
  readonly entry: ChangeSetEntry
  readonly live: KubeObject | undefined
}

const defaultRecreateMs = 300_000

/**
 * Brings the objects of one stage, which are in apply order, to the cluster: dry-runs all of them, then writes those that differ, in
 * parallel only within one rank of the kind order. Throws ApplyError: nothing was applied (`DryRunRefused`), or what its change set
 * lists was (`ApplyFailed`).
 */
export async function applyStage(
  context: ApplyContext,
  objects: readonly KubeObject[],
  options: ApplyAllOptions,
  signal: AbortSignal,
): Promise<StageResult[]> {
  const plans = await planStage(context, objects, options, signal)
  const toWrite = plans.filter(({ action }) => action === 'created' || action === 'configured')
  if (toWrite.length > 0) await options.willWrite?.(toWrite.map((plan) => resultOf(plan, plan.live).entry))
  const recreations = plans.filter(({ recreate }) => recreate)
  await deleteForRecreation(context, recreations, options.recreateTimeoutMs ?? defaultRecreateMs, signal)
  const written = new Map<Plan, KubeObject>()
  const uncertain: ChangeSetEntry[] = []
  for (const group of parallelGroups(toWrite, ({ ref }) => ref.kind)) {
    try {
      await mapBounded(group, context.concurrency, async (plan) => {
        written.set(plan, await write(context, plan, signal, () => uncertain.push(resultOf(plan, plan.live).entry)))
      })
    } catch (error) {
      signal.throwIfAborted()
      const changeSet = plans.filter((plan) => written.has(plan)).map((plan) => resultOf(plan, written.get(plan)).entry)
      throw new ApplyError('ApplyFailed', errorMessage(error), { changeSet, uncertain, cause: error })
    }
  }
  return plans.map((plan) => resultOf(plan, written.get(plan) ?? plan.live))
}

async function write(
  context: ApplyContext,
  plan: Plan,
  signal: AbortSignal,
  onLostAnswer: () => void,
): Promise<KubeObject> {
  try {
    return await writeObject(context, plan, signal)
  } catch (error) {
    if (error instanceof KubeError && (error.status === 0 || error.status >= 500)) onLostAnswer()
    throw new Error(`${formatRef(plan.ref)} apply failed: ${errorMessage(error)}`, { cause: error })
  }
}

function resultOf(plan: Plan, live: KubeObject | undefined): StageResult {
  const { ref, action, renderedHash, rendered } = plan
  const entry: ChangeSetEntry = {
    object: ref,
    subject: formatRef(ref),
    action,
    renderedHash,
    ...(live === undefined ? {} : { observed: observedOf(live) }),
    ...(isJobWithTtl(rendered) ? { jobWithTtl: true } : {}),
  }
  return { entry, live }
}
