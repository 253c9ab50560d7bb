// SPDX-License-Identifier: Apache-2.0
import { formatKey, kustomizationKind, apiVersionOf } from '@tidelock/api'
import type { Kustomization, ObjectKey } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'
import type { OwnershipCache, Suspect } from '@tidelock/ssa'

/** What the drift watch works with. */
export interface DriftWatchOptions {
  readonly client: KubeClient
  readonly ownership: OwnershipCache
  readonly log: Logger
  /** Puts the owner on the queue ahead of routine work. */
  readonly enqueue: (owner: ObjectKey) => void
}

/**
 * Puts Kustomizations whose objects drifted on the queue. Before that the Kustomization is read from the API server: a user who
 * suspends or deletes it and edits right after must win even while the cache lags, and nothing is written into a namespace that
 * is being deleted. What is left alone here is looked at again at the interval. Runs until the signal aborts.
 */
export async function watchDrift(options: DriftWatchOptions, signal: AbortSignal): Promise<void> {
  const busy = new Map<string, Suspect[]>()
  const consider = async (owner: ObjectKey, suspects: Suspect[]): Promise<void> => {
    // suspects that arrive meanwhile join the list and are looked at in the same pass
    while (suspects.length > 0 && !signal.aborted) {
      const batch = suspects.splice(0)
      if (await mayCorrect(options.client, owner, batch, signal)) options.enqueue(owner)
    }
  }
  const stop = options.ownership.onSuspect((suspect) => {
    const { owner, object, cause, culprit, urgency } = suspect
    options.log.info({ Kustomization: owner, object, cause, culprit, urgency }, 'drift detected')
    if (urgency !== 'now' || signal.aborted) return
    const id = formatKey(owner)
    const waiting = busy.get(id)
    if (waiting !== undefined) return void waiting.push(suspect)
    const suspects = [suspect]
    busy.set(id, suspects)
    void consider(owner, suspects)
      .catch((error: unknown) => {
        options.log.error({ Kustomization: owner, error }, 'could not look at drift; the interval will')
      })
      .finally(() => busy.delete(id))
  })
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  stop()
}

async function mayCorrect(
  client: KubeClient,
  owner: ObjectKey,
  suspects: readonly Suspect[],
  signal: AbortSignal,
): Promise<boolean> {
  const ref = { apiVersion: apiVersionOf(kustomizationKind), kind: kustomizationKind.kind, ...owner }
  const live = await client.find<Kustomization>(ref, { signal })
  if (live === undefined || live.metadata.deletionTimestamp !== undefined || live.spec.suspend === true) return false
  const namespaces = new Set(suspects.flatMap(({ object }) => object.namespace ?? []))
  for (const name of namespaces) {
    const namespace = await client.find({ apiVersion: 'v1', kind: 'Namespace', name }, { signal })
    if (namespace?.metadata.deletionTimestamp !== undefined) return false
  }
  return true
}
