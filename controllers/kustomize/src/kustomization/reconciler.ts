// SPDX-License-Identifier: Apache-2.0
import { artifactCommitUrl, groupMetadata, kustomizeGroup, toKey } from '@tidelock/api'
import type { Kustomization } from '@tidelock/api'
import type { Outcome, Progress, ReconcileContext, Reconciler, Stalled } from '@tidelock/runtime'
import { hasChanged, toInventory } from '@tidelock/ssa'
import type { ChangeSet } from '@tidelock/ssa'
import { readSettings } from './annotations.ts'
import type { KustomizationDependencies, Run, SourcedRun, TargetedRun } from './dependencies.ts'
import { markCoverage } from './drift/coverage.ts'
import { leaveStatus, nextCorrection, SupersededError } from './drift/report.ts'
import { refuseAccount } from './decryption/account-gate.ts'
import { builtInRules } from './expressions/health-rules.ts'
import { finalizeKustomization } from './finalize.ts'
import { recordHistory } from './history.ts'
import { reportLongPhase } from './phases.ts'
import { SecretValues } from './secret-values.ts'
import type { AppliedBuild } from './skip/applied-builds.ts'
import { findKnownBuild, isSettled, rememberBuild } from './skip/known-build.ts'
import { apply, createManager } from './steps/apply.ts'
import type { Made } from './steps/build.ts'
import { cancelWait } from './steps/cancel-wait.ts'
import { checkDependencies } from './steps/check-dependencies.ts'
import { checkHealth } from './steps/check-health.ts'
import { makeObjects } from './steps/make-objects.ts'
import { pruneStale } from './steps/prune.ts'
import { readHealthRules } from './steps/read-health-rules.ts'
import { resolveSource } from './steps/resolve-source.ts'
import { resolveTarget } from './steps/resolve-target.ts'

/** A dry run of so many takes a while. */
const manyObjects = 200

/** The run of a Kustomization: source, dependencies, fetch, build, apply, prune, health. */
export function createReconciler(deps: KustomizationDependencies): Reconciler<Kustomization> {
  const urgent = { ...deps, engine: deps.engine.urgently() }
  const { client, configs, routineRequests } = deps
  const routine = { ...deps, client: client.within(routineRequests), configs: configs.within(routineRequests) }
  const toRun = (ctx: ReconcileContext, obj: Kustomization, progress: Progress): Run => ({
    settings: readSettings(obj, deps.options.settings),
    ctx,
    obj,
    key: toKey(obj),
    progress,
    deps: ctx.priority === 'user' ? urgent : routine,
    startedMs: deps.clock.monotonic(),
    healthRules: builtInRules,
    secrets: new SecretValues(),
  })
  return {
    reconcile: async (ctx, obj, progress) => {
      const refused = refuseSettings(obj, deps)
      if (refused !== undefined) return { kind: 'stalled', ...refused }
      const run = toRun(ctx, obj, progress)
      try {
        return run.secrets.hideIn(await reconcile(run))
      } catch (error) {
        if (error instanceof SupersededError) return leaveStatus(obj)
        throw ctx.signal.aborted ? error : run.secrets.hideInError(error)
      } finally {
        deps.headStart.ended(run.key)
      }
    },
    finalize: async (ctx, obj, progress) => {
      const refused = refuseSettings(obj, deps)
      return refused === undefined ? finalizeKustomization(toRun(ctx, obj, progress)) : { kind: 'failed', ...refused }
    },
  }
}

function refuseSettings(
  obj: Kustomization,
  { options }: KustomizationDependencies,
): Pick<Stalled, 'reason' | 'error'> | undefined {
  try {
    readSettings(obj, options.settings)
    return undefined
  } catch (error) {
    return { reason: 'AnnotationInvalid', error: error as Error }
  }
}

async function reconcile(run: Run): Promise<Outcome> {
  const { obj } = run
  const cancelled = cancelWait(run)
  if (cancelled !== undefined) return cancelled
  const readied = readHealthRules(run)
  if (readied.kind !== 'next') return readied
  const refused = refuseAccount(run)
  if (refused !== undefined) return refused
  const sourced = await resolveSource(readied.value)
  if (sourced.kind !== 'next') return sourced
  annotateEvents(sourced.value)

  const ready = await checkDependencies(sourced.value)
  if (ready.kind !== 'next') return ready

  const targeted = await resolveTarget(sourced.value)
  if (targeted.kind !== 'next') {
    obj.status = { ...obj.status, lastAttemptedRevision: sourced.value.revision }
    return targeted
  }

  const known = await findKnownBuild(targeted.value)
  if (known !== undefined && isSettled(targeted.value, known)) return keep(targeted.value, known)

  const built = await makeObjects(targeted.value, known)
  if (built.kind !== 'next') return built
  return converge(targeted.value, built.value)
}

/** The run that has nothing to build, apply or prune: only the health of what is there is looked at, and the revision noted. */
function keep(run: TargetedRun, { changeSet, digest }: AppliedBuild): Promise<Outcome> {
  const { ctx, obj, deps, revision, startedMs } = run
  ctx.log.debug({ revision }, 'nothing that the last applied build read has changed')
  deps.skips.skipped()
  obj.status = { ...obj.status, lastAttemptedRevision: revision }
  if (deps.drift.dueInMs(obj, revision) <= 0) deps.drift.completed(obj, revision, startedMs)
  return conclude(run, digest, changeSet)
}

async function converge(run: TargetedRun, made: Made): Promise<Outcome> {
  const { obj, key, deps, startedMs } = run
  const { objects, digest, restored } = made
  const manager = createManager(run)
  // where objects are withheld not everything is looked at; what became due meanwhile is so for the next run
  const full = deps.fullRuns.isDue(obj) && !(restored !== undefined && restored.withheld.size > 0)
  const oldEntries = obj.status?.inventory?.entries ?? []

  await reportLongPhase(run, 'Detecting drift', objects.length >= manyObjects)
  // from here on the cluster may be anywhere between the last build and this one
  deps.applied.drop(key)
  const applied = await apply(run, manager, { objects, digest, restored, full })
  if (applied.kind !== 'next') return noteFailure(run, digest, applied, startedMs)
  if (full) deps.fullRuns.done(obj)
  if (full && !deps.fullRuns.isMarked(key)) deps.heirs.forget(key)
  const changeSet = applied.value

  const entries = toInventory(changeSet.map(({ object }) => object))
  obj.status = { ...obj.status, inventory: { entries } }
  const pruned = await pruneStale(run, manager, oldEntries, entries)
  if (pruned.kind !== 'next') return noteFailure(run, digest, pruned, startedMs)
  await rememberBuild(run, made, changeSet)
  return conclude(run, digest, changeSet)
}

async function conclude(run: TargetedRun, digest: string, changeSet: ChangeSet): Promise<Outcome> {
  const { obj, key, deps } = run
  markCoverage(run)
  const startedMs = deps.waits.get(key)?.runStartedMs ?? run.startedMs
  const healthy = await checkHealth(run, {
    changeSet,
    buildDigest: digest,
    isNewRevision: obj.status?.lastAppliedRevision !== run.revision,
    drifted: changeSet.some(({ action }) => hasChanged(action)),
  })
  if (healthy.kind !== 'next') return noteFailure(run, digest, healthy, startedMs)
  return succeed(run, digest, startedMs)
}

function noteFailure<O extends Outcome>(run: SourcedRun, digest: string, outcome: O, sinceMs: number): O {
  if (outcome.kind === 'failed') recordHistory(run, digest, outcome.reason, sinceMs)
  return outcome
}

function succeed(run: SourcedRun, digest: string, startedMs: number): Outcome {
  const { obj, revision, originRevision } = run
  const { lastAppliedOriginRevision: _old, ...status } = obj.status ?? {}
  obj.status = {
    ...status,
    lastAppliedRevision: revision,
    ...(originRevision === undefined ? {} : { lastAppliedOriginRevision: originRevision }),
  }
  recordHistory(run, digest, 'ReconciliationSucceeded', startedMs)
  const message = `Applied revision: ${revision}`
  return { kind: 'succeeded', reason: 'ReconciliationSucceeded', message, ...nextCorrection(run) }
}

function annotateEvents({ progress, source, artifact, revision, originRevision }: SourcedRun): void {
  const commitUrl = artifactCommitUrl(source, artifact)
  progress.annotate(groupMetadata(kustomizeGroup, { revision, originRevision, commitUrl }))
}
