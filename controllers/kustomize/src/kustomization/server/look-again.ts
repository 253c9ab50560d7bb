// SPDX-License-Identifier: Apache-2.0
import { toKey } from '@tidelock/api'
import type { Kustomization, ObjectKey } from '@tidelock/api'
import { isKubeError } from '@tidelock/kube'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'
import { parseEntry } from '@tidelock/ssa'
import { matchesAny } from './rule-set.ts'
import type { Resource } from './rule-set.ts'

/** Least time between two full runs that one change of the server starts. */
const paceMs = 100

/** What looking again works with. */
export interface LookAgainOptions {
  readonly client: KubeClient
  /** The Kustomizations that apply to this cluster. */
  readonly users: () => readonly Kustomization[]
  /** Makes the next run of an object look at everything. */
  readonly mark: (key: ObjectKey) => void
  /** Puts the object on the queue, behind real work. */
  readonly enqueue: (key: ObjectKey, afterMs: number) => void
}

/** What to do about a change of the server: look again, and say so in the log. */
export function lookAgainWith(
  options: LookAgainOptions,
  log: Logger,
  signal: AbortSignal,
): (kinds: readonly Resource[], why: string) => void {
  const look = async (kinds: readonly Resource[], why: string): Promise<void> => {
    try {
      const count = await lookAgain(options, kinds, signal)
      if (count > 0) log.info({ count }, `${why}: Kustomizations with objects that it may concern are looked at whole`)
    } catch (error) {
      if (!signal.aborted) log.error({ error }, `${why}: what it concerns could not be told, the next full run will`)
    }
  }
  return (kinds, why) => void look(kinds, why)
}

/** Has every Kustomization that applied objects of these kinds look at everything again, one after the other. Returns how many. */
export async function lookAgain(
  { client, users, mark, enqueue }: LookAgainOptions,
  kinds: readonly Resource[],
  signal: AbortSignal,
): Promise<number> {
  const isHit = new Map<string, boolean>()
  let hits = 0
  for (const user of users()) {
    for (const entry of user.status?.inventory?.entries ?? []) {
      const ref = parseEntry(entry)
      const id = `${ref.apiVersion}/${ref.kind} ${ref.namespace ?? ''}`
      let hit = isHit.get(id)
      if (hit === undefined) isHit.set(id, (hit = await matches(client, ref, kinds, signal)))
      if (!hit) continue
      mark(toKey(user))
      enqueue(toKey(user), hits++ * paceMs)
      break
    }
  }
  return hits
}

async function matches(
  client: KubeClient,
  ref: ObjectRef,
  kinds: readonly Resource[],
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return matchesAny(kinds, await client.resolve(ref, signal), ref.namespace ?? '')
  } catch (error) {
    if (isKubeError(error, 'KindNotFound')) return false
    throw error
  }
}
