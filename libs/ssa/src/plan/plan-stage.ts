// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { refOf } from '@tidelock/kube'
import { ApplyError } from '../errors.ts'
import type { Refusal } from '../errors.ts'
import type { ApplyContext } from './context.ts'
import { mapBounded } from './map-bounded.ts'
import type { ApplyAllOptions } from './options.ts'
import { planObject } from './plan-object.ts'
import type { Plan } from './plan-object.ts'
import { isInfrastructure, refusalOf } from './refusal.ts'

/**
 * Dry-runs all objects of a stage, several at a time, and returns their plans in the same order. Throws one `DryRunRefused` that lists
 * every refused object. When the server cannot be reached or does not know us, the objects that were not tried yet are left out.
 */
export async function planStage(
  context: ApplyContext,
  objects: readonly KubeObject[],
  options: ApplyAllOptions,
  signal: AbortSignal,
): Promise<Plan[]> {
  const refusals: Refusal[] = []
  const plans = await mapBounded(
    objects,
    context.concurrency,
    async (object) => {
      try {
        return leaveOrNot(await planObject(context, object, options, signal), options)
      } catch (error) {
        signal.throwIfAborted()
        refusals.push(refusalOf(refOf(object), error))
        return undefined
      }
    },
    () => refusals.some(({ error }) => isInfrastructure(error)),
  )
  throwRefusals(objects, refusals)
  return plans.filter((plan) => plan !== undefined)
}

function leaveOrNot(plan: Plan, { leave }: ApplyAllOptions): Plan {
  if (plan.action !== 'created' && plan.action !== 'configured') return plan
  const { ref, rendered, renderedHash, live } = plan
  return leave?.({ object: ref, rendered, renderedHash, live }) === true
    ? { ...plan, action: 'drifted', recreate: false }
    : plan
}

/** Throws when there is a refusal; they are listed in the order of the objects. */
export function throwRefusals(objects: readonly KubeObject[], refusals: readonly Refusal[]): void {
  if (refusals.length === 0) return
  const order = new Map(objects.map((object, index) => [JSON.stringify(refOf(object)), index]))
  const sorted = refusals.toSorted(
    (a, b) => (order.get(JSON.stringify(a.object)) ?? 0) - (order.get(JSON.stringify(b.object)) ?? 0),
  )
  throw new ApplyError('DryRunRefused', sorted.map(({ message }) => message).join('\n'), {
    refusals: sorted,
    cause: sorted[0]?.error,
  })
}
