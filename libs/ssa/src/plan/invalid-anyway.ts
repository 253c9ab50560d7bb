// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { isKubeError } from '@tidelock/kube'
import type { StatusCause } from '@tidelock/kube'
import { hashNumber } from '../object/hash.ts'
import type { ApplyContext } from './context.ts'

/**
 * Whether the server refuses the object for what it is and not for what it would change: under a name that nobody has, some field is
 * refused in the same words. Such an object must not be deleted to be made anew, as it could not be. Costs one dry run. What else
 * the probe meets (a port or an address that is taken, rules about names) says nothing.
 */
export async function isInvalidAnyway(
  { client, owner }: ApplyContext,
  payload: KubeObject,
  refused: unknown,
  signal: AbortSignal,
): Promise<boolean> {
  if (!isKubeError(refused, 'Invalid')) return false
  const name = `probe-${hashNumber(payload.metadata.name).toString(16)}`
  const probe = { ...payload, metadata: { ...payload.metadata, name } }
  try {
    await client.apply(probe, { fieldManager: owner.fieldManager, force: true, dryRun: true, signal })
    return false
  } catch (error) {
    signal.throwIfAborted()
    if (!isKubeError(error, 'Invalid')) return false
    const known = new Set(error.causes.map(wordsOf))
    return refused.causes.some((cause) => known.has(wordsOf(cause)))
  }
}

function wordsOf({ field, reason, message }: StatusCause): string {
  return JSON.stringify([field, reason, message])
}
