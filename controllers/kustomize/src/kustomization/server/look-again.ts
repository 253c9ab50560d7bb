// SPDX-License-Identifier: Apache-2.0
import { toKey } from '@tidelock/api'
import type { Kustomization, ObjectKey } from '@tidelock/api'
import { isKubeError } from '@tidelock/kube'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'
import { parseEntry } from '@tidelock/ssa'
import type { ServerChange, Targets } from '../target/targets.ts'
import { matchesAny } from './rule-set.ts'
import type { Resource } from './rule-set.ts'

/** Least time between two full runs that one change of a server starts. */
const paceMs = 100

/** What looking again works with. */
export interface LookAgainOptions {
  readonly targets: Pick<Targets, 'onServerChange'>
  readonly log: Logger
  /** All Kustomizations. */
  readonly list: () => Iterable<Kustomization>
  /** Makes the next run of an object look at everything. */
  readonly mark: (key: ObjectKey) => void
  /** Puts the object on the queue, behind real work. */
  readonly enqueue: (key: ObjectKey, afterMs: number) => void
}

/**
 * Has every Kustomization look at everything again that applied objects of kinds that its server may make something else of by now, one
 * after the other. Runs until the signal aborts.
 */
export async function followServers(options: LookAgainOptions, signal: AbortSignal): Promise<void> {
  const stop = options.targets.onServerChange((change) => void lookAgain(options, change, signal))
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  stop()
}

async function lookAgain(options: LookAgainOptions, change: ServerChange, signal: AbortSignal): Promise<void> {
  const { list, mark, enqueue, log } = options
  const { why, concerns } = change
  try {
    const matches = matcherOf(change, signal)
    let count = 0
    for (const obj of list()) {
      const key = toKey(obj)
      if (!concerns(key) || !(await isHit(obj, matches))) continue
      mark(key)
      enqueue(key, count++ * paceMs)
    }
    if (count > 0) log.info({ count }, `${why}: Kustomizations with objects that it may concern are looked at whole`)
  } catch (error) {
    if (!signal.aborted) log.error({ error }, `${why}: whom it concerns could not be told, the next full run will`)
  }
}

async function isHit({ status }: Kustomization, matches: (ref: ObjectRef) => Promise<boolean>): Promise<boolean> {
  for (const entry of status?.inventory?.entries ?? []) if (await matches(parseEntry(entry))) return true
  return false
}

/** Tells whether a change is for an object; asks once for each kind and namespace. */
function matcherOf({ kinds, client }: ServerChange, signal: AbortSignal): (ref: ObjectRef) => Promise<boolean> {
  const known = new Map<string, boolean>()
  return async (ref) => {
    const id = `${ref.apiVersion}/${ref.kind} ${ref.namespace ?? ''}`
    let is = known.get(id)
    if (is === undefined) known.set(id, (is = await matches(client, ref, kinds, signal)))
    return is
  }
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
