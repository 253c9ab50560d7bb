// SPDX-License-Identifier: Apache-2.0
import {
  formatDuration,
  healthyCondition,
  isTrue,
  kustomizationRetryInterval,
  kustomizationTimeout,
  markFalse,
  markTrue,
  markUnknown,
  removeCondition,
} from '@tidelock/api'
import type { Kustomization } from '@tidelock/api'
import { CodedError } from '@tidelock/errors'
import { formatRef } from '@tidelock/kube'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { ChangeSet, HealthOutcome, HealthTarget } from '@tidelock/ssa'
import type { SourcedRun, TargetedRun } from '../dependencies.ts'
import type { PendingWait } from '../wait-registry.ts'
import { invalidReference } from './invalid-reference.ts'

/** So many objects `spec.healthChecks` may name: each is read, and most are watched. */
const maxHealthChecks = 2000
/** How long a run stays for the first look at the objects. */
const firstLookMs = 2000

/** What a wait is about. */
export interface Applied {
  readonly changeSet: ChangeSet
  readonly buildDigest: string
  readonly isNewRevision: boolean
  readonly drifted: boolean
}

/**
 * The objects whose health decides about Ready: with `wait` all that were applied and not skipped, else `spec.healthChecks`;
 * never the Kustomization itself (behaviour.md 6).
 */
function healthTargets(obj: Kustomization, changeSet: ChangeSet): HealthTarget[] {
  if (obj.spec.wait === true) {
    return changeSet
      .filter(({ action, object }) => action !== 'skipped' && !isSelf(obj, object))
      .map(({ object, jobWithTtl }) => ({ ref: object, ...(jobWithTtl === undefined ? {} : { jobWithTtl }) }))
  }
  return (obj.spec.healthChecks ?? [])
    .map(({ apiVersion, kind, name, namespace }) => ({
      ref: { apiVersion: apiVersion || 'apps/v1', kind, name, ...(namespace === undefined ? {} : { namespace }) },
    }))
    .filter(({ ref }) => !isSelf(obj, ref))
}

function isSelf(obj: Kustomization, ref: { kind: string; name: string; namespace?: string }): boolean {
  return ref.kind === obj.kind && ref.name === obj.metadata.name && ref.namespace === obj.metadata.namespace
}

/**
 * Starts or goes on with the wait, or ends it. The run ends as `waiting` meanwhile: no worker is held, and the end of the
 * wait puts the object back on the queue. A wait goes on as long as the generation, the rendered stream and the targets
 * stay and nothing was changed by this run.
 */
export async function checkHealth(run: TargetedRun, applied: Applied): Promise<Step<void>> {
  const { obj, key, deps } = run
  const targets = healthTargets(obj, applied.changeSet)
  if (targets.length === 0) {
    deps.waits.drop(key)
    removeCondition(obj, healthyCondition)
    return next(undefined)
  }
  if (obj.spec.wait !== true) {
    const refusal = await refuse(run, targets)
    if (refusal !== undefined) return refusal
  }
  const pending = deps.waits.get(key)
  if (pending === undefined || applied.drifted || !isSame(pending, run, applied, targets))
    return startWait(run, applied, targets)
  if (pending.wait.ended === undefined) return stillWaiting(run, pending)
  return deps.waits.isFresh(key) ? endWait(run, pending, pending.wait.ended) : startWait(run, applied, targets)
}

/** Ends the run where `spec.healthChecks` asks for what no wait can bring. */
async function refuse(run: TargetedRun, targets: readonly HealthTarget[]): Promise<Step<void> | undefined> {
  const { obj, key, deps, target, ctx } = run
  const refs = targets.map(({ ref }) => ref)
  const message =
    refs.length > maxHealthChecks ? tooMany(refs.length) : await invalidReference(target.observer, refs, ctx.signal)
  if (message === undefined) return undefined
  deps.waits.drop(key)
  markFalse(obj, healthyCondition, 'HealthCheckFailed', message, new Date(deps.clock.now()))
  const error = new CodedError('HealthCheckFailed', `health check failed: ${message}`)
  return { kind: 'failed', reason: 'HealthCheckFailed', error, retryAfterMs: kustomizationRetryInterval(obj) }
}

function tooMany(count: number): string {
  const cure = 'split the Kustomization, or wait for what it applies with spec.wait'
  return `spec.healthChecks names ${count} objects, at most ${maxHealthChecks} can be waited for: ${cure}`
}

function isSame(
  pending: PendingWait,
  { obj, target }: TargetedRun,
  applied: Applied,
  targets: readonly HealthTarget[],
): boolean {
  return (
    pending.target === target.id &&
    pending.generation === obj.metadata.generation &&
    pending.buildDigest === applied.buildDigest &&
    pending.targets === fingerprint(targets)
  )
}

function fingerprint(targets: readonly HealthTarget[]): string {
  return targets
    .map(({ ref }) => `${ref.apiVersion}/${formatRef(ref)}`)
    .sort()
    .join(' ')
}

async function startWait(run: TargetedRun, applied: Applied, targets: readonly HealthTarget[]): Promise<Step<void>> {
  const { obj, key, deps, target, healthRules, startedMs } = run
  const limitMs = kustomizationTimeout(obj)
  const nowMs = deps.clock.monotonic()
  const pending: PendingWait = {
    generation: obj.metadata.generation ?? 0,
    buildDigest: applied.buildDigest,
    target: target.id,
    targets: fingerprint(targets),
    wait: target.health.track(
      targets.map((each) => ({ ...each, whole: healthRules.covers(each.ref) })),
      { timeoutMs: limitMs, failFast: deps.options.failFast, statusOf: healthRules.statusOf },
    ),
    runStartedMs: startedMs,
    waitStartedMs: nowMs,
    deadlineMs: nowMs + limitMs,
    wasHealthy: isTrue(obj, healthyCondition),
    newAndDrifted: applied.isNewRevision && applied.drifted,
  }
  await lookOnce(run, pending)
  if (pending.wait.ended !== undefined) return endWait(run, pending, pending.wait.ended)
  deps.waits.put(key, pending, () => deps.enqueue(key))
  return stillWaiting(run, pending)
}

/** What is healthy is so at the first look, mostly: then the run goes on, and Ready need not turn to Unknown and back. */
async function lookOnce({ deps, ctx }: SourcedRun, { wait }: PendingWait): Promise<void> {
  const enough = new AbortController()
  const limit = deps.clock.sleep(firstLookMs, AbortSignal.any([ctx.signal, enough.signal]))
  try {
    await Promise.race([wait.looked, limit])
  } finally {
    enough.abort()
  }
}

function stillWaiting({ obj, deps, revision }: SourcedRun, pending: PendingWait): Step<void> {
  const limit = formatDuration(kustomizationTimeout(obj))
  const message = `Running health checks for revision ${revision} with a timeout of ${limit}`
  markUnknown(obj, healthyCondition, 'Progressing', message, new Date(deps.clock.now()))
  return {
    kind: 'waiting',
    ready: 'Unknown',
    reason: 'Progressing',
    message: 'Reconciliation in progress',
    underWay: message,
    retryAfterMs: Math.max(1000, pending.deadlineMs - deps.clock.monotonic() + 1000),
    event: false,
  }
}

function endWait(run: SourcedRun, pending: PendingWait, outcome: HealthOutcome): Step<void> {
  const { obj, key, deps, progress, secrets } = run
  const now = new Date(deps.clock.now())
  const took = formatDuration(deps.clock.monotonic() - pending.waitStartedMs)
  deps.waits.drop(key)
  switch (outcome.kind) {
    case 'healthy': {
      const message = `Health check passed in ${took}`
      if (!pending.wasHealthy || pending.newAndDrifted)
        progress.event({ severity: 'info', message, reason: 'Progressing' })
      markTrue(obj, healthyCondition, 'Succeeded', message, now)
      return next(undefined)
    }
    case 'cancelled':
      return {
        kind: 'waiting',
        reason: 'HealthCheckCanceled',
        message: 'Health checks canceled',
        retryAfterMs: 0,
        event: false,
      }
    case 'failed':
    case 'timedOut': {
      markFalse(obj, healthyCondition, 'HealthCheckFailed', secrets.hide(outcome.message), now)
      const error = new CodedError('HealthCheckFailed', `health check failed after ${took}: ${outcome.message}`)
      return { kind: 'failed', reason: 'HealthCheckFailed', error, retryAfterMs: kustomizationRetryInterval(obj) }
    }
  }
}
