// SPDX-License-Identifier: Apache-2.0
import { formatKey, kustomizationKind, apiVersionOf } from '@tidelock/api'
import type { Clock, Kustomization, ObjectKey } from '@tidelock/api'
import { isKubeError } from '@tidelock/kube'
import type { KubeClient, RequestSlots } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'
import type { Suspect } from '@tidelock/ssa'
import { readSettings } from '../annotations.ts'
import type { Settings } from '../annotations.ts'
import type { DriftLedger } from './ledger.ts'
import type { LeftReason } from './metrics.ts'
import type { DriftMode } from './mode.ts'
import type { Targets } from '../target/targets.ts'

/** What the drift watch works with. */
export interface DriftWatchOptions {
  /** The own cluster, where the Kustomizations are. */
  readonly client: KubeClient
  readonly clock: Clock
  readonly targets: Pick<Targets, 'onSuspect'>
  readonly log: Logger
  readonly drift: Pick<DriftLedger, 'metrics'>
  /** While a suspicion is looked into, what nobody waits for has fewer of them. */
  readonly routineRequests: Pick<RequestSlots, 'besideUrgent'>
  /** What holds for Kustomizations without annotations. */
  readonly defaults: Settings
  /** Puts the owner on the queue ahead of routine work. */
  readonly enqueue: (owner: ObjectKey) => void
}

/** A suspicion, and the cluster that the object is in. */
interface Raised {
  readonly suspect: Suspect
  readonly cluster: KubeClient
}

const firstPauseMs = 1000
const longestPauseMs = 30_000

/**
 * Puts Kustomizations whose objects drifted on the queue: the run decides what it is and what is done about it. Before that the
 * Kustomization is read from the API server: a user who suspends or deletes it and edits right after must win even while the cache lags,
 * and nothing is written into a namespace that is being deleted. What is left alone here is looked at again at the interval. Runs until the
 * signal aborts.
 */
export async function watchDrift(options: DriftWatchOptions, signal: AbortSignal): Promise<void> {
  const busy = new Map<string, Raised[]>()
  const stop = options.targets.onSuspect((suspect, cluster) => {
    const { owner, object, cause, culprit, urgency } = suspect
    options.log.info({ Kustomization: owner, object, cause, culprit, urgency }, 'drift detected')
    if (signal.aborted || hasMoved(suspect)) return
    const id = formatKey(owner)
    const waiting = busy.get(id)
    if (waiting !== undefined) return void waiting.push({ suspect, cluster })
    const suspects = [{ suspect, cluster }]
    busy.set(id, suspects)
    void consider(options, owner, suspects, signal).finally(() => busy.delete(id))
  })
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  stop()
}

/** Applied by another Kustomization: it is re-applied only by a full run at the newest revision, if that has it at all. */
function hasMoved({ cause, urgency }: Suspect): boolean {
  return cause === 'owner-changed' && urgency === 'interval'
}

/**
 * Goes through the suspects of an owner, those too that join the list meanwhile. While the server is away they wait: nobody raises
 * the same suspicion again.
 */
async function consider(
  options: DriftWatchOptions,
  owner: ObjectKey,
  suspects: Raised[],
  signal: AbortSignal,
): Promise<void> {
  for (let pauseMs = firstPauseMs; suspects.length > 0 && !signal.aborted;) {
    const batch = suspects.splice(0)
    try {
      if (await options.routineRequests.besideUrgent(() => mayRun(options, owner, batch, signal)))
        options.enqueue(owner)
      pauseMs = firstPauseMs
    } catch (error) {
      if (signal.aborted) return
      options.log.error({ Kustomization: owner, error }, 'could not look at drift, trying again')
      suspects.unshift(...batch)
      await options.clock.sleep(pauseMs, signal).catch(() => undefined)
      pauseMs = Math.min(longestPauseMs, pauseMs * 2)
    }
  }
}

async function mayRun(
  { client, drift, defaults }: DriftWatchOptions,
  owner: ObjectKey,
  suspects: readonly Raised[],
  signal: AbortSignal,
): Promise<boolean> {
  const leave = (reason: LeftReason, raised: readonly Raised[] = suspects): false => {
    for (const { suspect } of raised) drift.metrics.left(suspect.cause, reason)
    return false
  }
  // all at once: who edited waits for the slowest of them, not for their sum
  const [live, lost, terminating] = await Promise.all([
    findKustomization(client, owner, signal),
    Promise.all(suspects.map(({ suspect }) => isLost(client, suspect, signal))),
    terminatingOf(suspects, signal),
  ])
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return leave('deleting')
  if (live.spec.suspend === true) return leave('suspended')
  if (modeOf(live, defaults) === 'off') return leave('off')
  leave(
    'other-owner',
    suspects.filter((_each, index) => lost[index] === true),
  )
  const drifted = suspects.filter((_each, index) => lost[index] !== true)
  if (drifted.some(({ suspect }) => terminating.has(suspect.object.namespace))) return leave('deleting', drifted)
  return drifted.length > 0
}

/** Those of the suspects' namespaces that are being deleted. */
async function terminatingOf(suspects: readonly Raised[], signal: AbortSignal): Promise<ReadonlySet<unknown>> {
  const namespaces = new Map(suspects.map(({ suspect, cluster }) => [suspect.object.namespace, cluster]))
  const going = await Promise.all(
    Array.from(namespaces, async ([name, cluster]) =>
      name !== undefined && (await isTerminating(cluster, name, signal)) ? [name] : [],
    ),
  )
  return new Set(going.flat())
}

/** Who may not read the namespace learns from the server's refusal whether it is going. */
async function isTerminating(cluster: KubeClient, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    const options = { signal, metadataOnly: true }
    const namespace = await cluster.find({ apiVersion: 'v1', kind: 'Namespace', name }, options)
    return namespace?.metadata.deletionTimestamp !== undefined
  } catch (error) {
    if (isKubeError(error, 'Forbidden')) return false
    throw error
  }
}

/** What cannot be read is for the run to complain of. */
function modeOf(obj: Kustomization, defaults: Settings): DriftMode {
  try {
    return readSettings(obj, defaults).drift
  } catch {
    return defaults.drift
  }
}

/** An object that was labelled as that of another Kustomization is that one's, provided that it exists. */
async function isLost(client: KubeClient, { owner, newOwner }: Suspect, signal: AbortSignal): Promise<boolean> {
  if (newOwner === undefined || formatKey(newOwner) === formatKey(owner)) return false
  return (await findKustomization(client, newOwner, signal)) !== undefined
}

function findKustomization(
  client: KubeClient,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<Kustomization | undefined> {
  const { kind } = kustomizationKind
  return client.find<Kustomization>({ apiVersion: apiVersionOf(kustomizationKind), kind, ...key }, { signal })
}
