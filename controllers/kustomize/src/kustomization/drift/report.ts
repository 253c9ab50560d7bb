// SPDX-License-Identifier: Apache-2.0
import { getCondition, kustomizationRetryInterval, readyCondition, removeCondition, setCondition } from '@tidelock/api'
import type { Kustomization } from '@tidelock/api'
import { hasChanged } from '@tidelock/ssa'
import type { EventDraft, Outcome, Succeeded } from '@tidelock/runtime'
import { refOf } from '@tidelock/kube'
import type { ChangeSet } from '@tidelock/ssa'
import { driftedCondition, ownGroup } from '../annotations.ts'
import type { SourcedRun, TargetedRun } from '../dependencies.ts'
import { conditionLines, correctionLines, describeDrift, driftMetadata, reportLines } from './drift.ts'
import type { Drift } from './drift.ts'
import { DriftPolicy } from './policy.ts'

const driftKey = `${ownGroup}/drift`

/** Puts under the lines of a change event who had changed what is put right, and the same for programs into its metadata. */
export function attribute(event: EventDraft, drifts: readonly Drift[], own: string): EventDraft {
  const told = drifts.filter(({ left, silent }) => left === undefined && !silent)
  if (told.length === 0) return event
  return {
    ...event,
    message: [event.message, ...correctionLines(told, own)].join('\n'),
    metadata: { ...event.metadata, [driftKey]: driftMetadata(told) },
  }
}

/** Reports what a run found drifted, once its apply succeeded: event of what was left, condition, metrics, and when it is looked at again. */
export function reportDrift(run: SourcedRun, policy: DriftPolicy, changeSet: ChangeSet): void {
  const { obj, key, deps, progress, revision, startedMs } = run
  const { drift: ledger, options } = deps
  const own = options.fieldManager
  const changed = new Set(changeSet.filter(({ action }) => hasChanged(action)).map(({ subject }) => subject))
  const found = policy.found.filter(({ left, subject }) => left !== undefined || changed.has(subject))
  if (!policy.early) ledger.completed(obj, revision, startedMs)
  const before = getCondition(obj, driftedCondition)
  const saidBefore = new Set(before?.status === 'True' ? before.message.split('\n') : [])
  const news = ledger.take(key, found, (drift) => saidBefore.has(describeDrift(drift, own)))
  for (const drift of found.filter(({ left }) => left !== undefined))
    run.ctx.log.info({ drift: { ...drift } }, 'drift is left in place')
  if (news.length > 0) {
    const message = reportLines(news, own, ledger.dueInMs(obj, revision)).join('\n')
    progress.event({
      severity: 'info',
      reason: 'DriftDetected',
      message,
      metadata: { [driftKey]: driftMetadata(news) },
    })
  }
  markDrift(obj, found, own, new Date(deps.clock.now()))
}

function markDrift(obj: Kustomization, found: readonly Drift[], own: string, now: Date): void {
  const told = found.filter(({ silent }) => !silent)
  const left = told.filter((drift) => drift.left !== undefined)
  const type = driftedCondition
  if (left.length > 0) {
    const reason = left.some((drift) => drift.left === 'interval') ? 'DriftDetected' : 'DriftTolerated'
    setCondition(obj, { type, status: 'True', reason, message: conditionLines(left, own).join('\n') }, now)
  } else if (told.length > 0) {
    const message = conditionLines(told, own).join('\n')
    setCondition(obj, { type, status: 'False', reason: 'DriftCorrected', message }, now)
  } else if (getCondition(obj, type)?.status === 'True') {
    // it went away by itself, or Git follows it by now
    removeCondition(obj, type)
  }
}

const soonestMs = 1000

/** A run between two that correct everything does not put off what is to be corrected by the next of these. */
export function nextCorrection({ obj, key, deps, revision }: SourcedRun): { requeueAfterMs?: number } {
  const dueInMs = deps.drift.dueInMs(obj, revision)
  return dueInMs > 0 && deps.drift.isAwaited(key) ? { requeueAfterMs: Math.max(soonestMs, dueInMs) } : {}
}

/** The policy of a run that is about to apply the stream with the digest. */
export function createPolicy(run: TargetedRun, digest: string): DriftPolicy {
  const { obj, key, deps, target, revision, settings } = run
  return new DriftPolicy({
    key,
    ownership: target.ownership,
    mode: settings.drift,
    early: deps.drift.dueInMs(obj, revision) > 0,
    sameStream: isSameStream(obj, digest),
    exists: (other) => deps.hasKustomization(other),
  })
}

/** Whether the last stream that was applied whole is this one. Common metadata are not part of it. */
function isSameStream({ status, spec, metadata }: Kustomization, digest: string): boolean {
  const last = status?.history?.[0]
  if (last?.digest !== digest || last.lastReconciledStatus === 'ReconciliationFailed') return false
  return spec.commonMetadata === undefined || status?.observedGeneration === metadata.generation
}

/** Thrown when a run must not write any more, and it is nobody's fault. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError'
}

/**
 * Reads the Kustomization again before an early correction is written: who suspends, deletes or changes it and edits right after must win,
 * whatever the cache said when the run began. Throws `SupersededError`.
 */
export async function ensureStillWanted({ obj, deps, ctx }: SourcedRun): Promise<void> {
  const live = await deps.client.find<Kustomization>(refOf(obj), { signal: ctx.signal })
  const isWanted =
    live?.metadata.uid === obj.metadata.uid &&
    live?.metadata.deletionTimestamp === undefined &&
    live?.metadata.generation === obj.metadata.generation
  if (!isWanted) throw new SupersededError('the Kustomization was changed while its drift was to be corrected')
}

/** Ends a superseded run without a word: as the object was before it. Its change brings the next run. */
export function leaveStatus(obj: Kustomization): Exclude<Outcome, { kind: 'succeeded' }> | Succeeded {
  const ready = getCondition(obj, readyCondition)
  const { reason = 'Progressing', message = '' } = ready ?? {}
  if (ready?.status === 'True') return { kind: 'succeeded', reason, message, event: false }
  return { kind: 'waiting', reason, message, retryAfterMs: kustomizationRetryInterval(obj), event: false }
}
