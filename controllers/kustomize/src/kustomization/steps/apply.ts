// SPDX-License-Identifier: Apache-2.0
import { kustomizationInterval, kustomizationRetryInterval, kustomizationTimeout, kustomizeGroup } from '@tidelock/api'
import { refOf } from '@tidelock/kube'
import type { EventDraft, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import {
  ApplyError,
  formatChangeSet,
  groupByAction,
  hasChanged,
  mergeSurvivors,
  ResourceManager,
  toActionMap,
  toInventory,
} from '@tidelock/ssa'
import type { ChangeSet } from '@tidelock/ssa'
import type { SourcedRun, TargetedRun } from '../dependencies.ts'
import type { DriftPolicy } from '../drift/policy.ts'
import { attribute, createPolicy, ensureStillWanted, reportDrift, SupersededError } from '../drift/report.ts'
import { compileIgnoreRules } from '../ignore-rules.ts'
import { ensureInventoryFits } from '../inventory-size.ts'
import { reportPhase } from '../phases.ts'
import { describeApplyError } from '../refusals.ts'
import { withWithheld } from '../skip/known-build.ts'
import { explainDenial } from '../target/denial.ts'
import type { Made } from './build.ts'

/** The resource manager that applies and prunes for this object. */
export function createManager({
  deps,
  target,
  key,
  ctx,
}: Pick<TargetedRun, 'deps' | 'target' | 'key' | 'ctx'>): ResourceManager {
  const { options } = deps
  return new ResourceManager({
    client: target.client,
    owner: { fieldManager: options.fieldManager, labelGroup: kustomizeGroup, ...key },
    clock: deps.clock,
    concurrency: options.concurrentSsa,
    customStageKinds: options.customStageKinds,
    disallowedManagers: options.overrideManagers,
    migrateApiVersion: options.migrateApiVersion,
    observer: target.ownership,
    log: ctx.log,
  })
}

/**
 * Applies by stages and reports what changed. `full` looks at every object; otherwise those that the ownership cache proves
 * untouched since they were applied in this very form cost no request.
 */
export async function apply(
  run: TargetedRun,
  manager: ResourceManager,
  { objects, digest, restored, full }: Pick<Made, 'objects' | 'digest' | 'restored'> & { readonly full: boolean },
): Promise<Step<ChangeSet>> {
  const { obj, key, target, ctx, deps, progress } = run
  const policy = createPolicy(run, digest)
  try {
    const prepared = manager.prepare(objects, obj.spec.commonMetadata)
    ensureInventoryFits(obj, prepared)
    const applied = await manager.applyAllStaged(
      prepared,
      {
        force: obj.spec.force === true,
        ignore: compileIgnoreRules(obj),
        recreateTimeoutMs: kustomizationTimeout(obj),
        statusOf: run.healthRules.statusOf,
        leave: policy.leave,
        willWrite: (changes) => announce(run, policy, changes),
        isThere: (ref) => target.ownership.isThere(ref),
        knownUnchanged: (object, hash) => !full && target.ownership.isUntouched(key, refOf(object), hash),
      },
      ctx.signal,
    )
    const changeSet = deps.unconfirmed.confirm(key, withWithheld(applied, restored))
    target.ownership.record(key, changeSet, { intervalMs: kustomizationInterval(obj) })
    const changed = changeSet.filter(({ action }) => hasChanged(action))
    if (changed.length > 0) progress.event(changeEvent(run, policy, changed))
    reportDrift(run, policy, changeSet)
    logResult(run, changeSet)
    return next(changeSet)
  } catch (cause) {
    if (ctx.signal.aborted || cause instanceof SupersededError) throw cause
    if (cause instanceof ApplyError) deps.unconfirmed.note(key, cause.uncertain)
    const error = await explainDenial(withChangesSoFar(cause), target, ctx.signal)
    return { kind: 'failed', reason: 'ReconciliationFailed', error, retryAfterMs: kustomizationRetryInterval(obj) }
  }
}

/**
 * Makes durable what is about to be written, should this process not live to report it: the inventory names new objects before they
 * exist (or are ours), so that they can be pruned and no former owner prunes them, and their event waits in the spool.
 */
async function announce(run: SourcedRun, policy: DriftPolicy, changes: ChangeSet): Promise<void> {
  const { obj, progress } = run
  const wanted = policy.early ? ensureStillWanted(run) : undefined
  // it is awaited below; until then a failure must not count as unhandled
  wanted?.catch(() => undefined)
  const before = obj.status?.inventory?.entries ?? []
  const entries = mergeSurvivors(before, toInventory(changes.map(({ object }) => object)))
  if (entries.length > before.length) {
    await wanted
    obj.status = { ...obj.status, inventory: { entries } }
    await reportPhase(run, 'Detecting drift')
  }
  await progress.intend(changeEvent(run, policy, changes))
  await wanted
}

function changeEvent({ deps }: SourcedRun, { found }: DriftPolicy, changes: ChangeSet): EventDraft {
  const event: EventDraft = { severity: 'info', message: formatChangeSet(changes), reason: 'Progressing' }
  const changed = new Set(changes.map(({ subject }) => subject))
  const drifts = found.filter(({ subject }) => changed.has(subject))
  return attribute(event, drifts, deps.options.fieldManager)
}

function logResult({ ctx, deps, revision }: SourcedRun, changeSet: ChangeSet): void {
  const output = deps.options.groupChangeLog ? groupByAction(changeSet) : toActionMap(changeSet)
  if (changeSet.length > 0) ctx.log.info({ output, revision }, 'server-side apply completed')
}

// what earlier stages did is part of the message, as in Flux; without the cause, whose words are in the message already
function withChangesSoFar(cause: unknown): Error {
  if (!(cause instanceof ApplyError)) return cause as Error
  const changed = cause.changeSet.filter(({ action }) => hasChanged(action))
  const message = describeApplyError(cause)
  return new Error(changed.length === 0 ? message : `${message}\n${formatChangeSet(changed)}`)
}
