// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { isKubeError } from '@tidelock/kube'
import { cleanupPatch } from '../fields/cleanup.ts'
import type { PatchOperation } from '../fields/cleanup.ts'
import { observedOf } from './context.ts'
import type { ApplyContext } from './context.ts'
import type { Plan } from './plan-object.ts'

/** While a rollout is under way, its controller writes the object's status many times a second. */
const cleanupTries = 8
const firstPauseMs = 10

/** Does what the plan says (deleting for a recreation is done before) and returns the object as the server has it now. */
export async function writeObject(context: ApplyContext, plan: Plan, signal: AbortSignal): Promise<KubeObject> {
  const write = context.observer?.writing(plan.ref)
  let applied: KubeObject | undefined
  try {
    await cleanUp(context, plan, signal)
    applied = await context.client.apply(plan.payload, {
      fieldManager: context.owner.fieldManager,
      force: true,
      signal,
    })
    return applied
  } finally {
    write?.written(applied === undefined ? undefined : observedOf(applied))
  }
}

/** The patch is bound to the version it was made from; when somebody was faster it is made again from what is there now. */
async function cleanUp(context: ApplyContext, plan: Plan, signal: AbortSignal): Promise<void> {
  const { client, clock, owner, rules } = context
  let body: readonly PatchOperation[] = plan.cleanup
  for (let tries = 1; body.length > 0; tries++) {
    try {
      await client.patch(plan.ref, { type: 'json', body, fieldManager: owner.fieldManager, signal })
      return
    } catch (error) {
      if (tries === cleanupTries || !isKubeError(error, 'Conflict', 'Invalid')) throw error
      await clock.sleep(firstPauseMs * 2 ** tries, signal)
      const live = await client.find(plan.ref, { signal })
      body = live === undefined ? [] : cleanupPatch(live, rules, owner.fieldManager)
    }
  }
}
