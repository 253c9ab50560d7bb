// SPDX-License-Identifier: Apache-2.0
import { kustomizationInterval, kustomizationRetryInterval, kustomizationTimeout, kustomizeGroup } from '@tidelock/api'
import type { KubeObject } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { refOf } from '@tidelock/kube'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import { ApplyError, formatChangeSet, groupByAction, hasChanged, ResourceManager, toActionMap } from '@tidelock/ssa'
import type { ChangeSet } from '@tidelock/ssa'
import type { SourcedRun } from '../dependencies.ts'

/** The resource manager that applies and prunes for this object. */
export function createManager({ deps, key }: Pick<SourcedRun, 'deps' | 'key'>): ResourceManager {
  const { options } = deps
  return new ResourceManager({
    client: deps.client,
    owner: { fieldManager: options.fieldManager, labelGroup: kustomizeGroup, ...key },
    clock: deps.clock,
    concurrency: options.concurrentSsa,
    customStageKinds: options.customStageKinds,
    disallowedManagers: options.overrideManagers,
    migrateApiVersion: options.migrateApiVersion,
    observer: deps.ownership,
  })
}

/**
 * Applies by stages and reports what changed. `full` looks at every object; otherwise those that the ownership cache proves
 * untouched since they were applied in this very form cost no request.
 */
export async function apply(
  run: SourcedRun,
  manager: ResourceManager,
  objects: readonly KubeObject[],
  full: boolean,
): Promise<Step<ChangeSet>> {
  const { obj, key, deps, ctx, progress } = run
  try {
    const prepared = manager.prepare(objects, obj.spec.commonMetadata)
    const changeSet = await manager.applyAllStaged(
      prepared,
      {
        force: obj.spec.force === true,
        recreateTimeoutMs: kustomizationTimeout(obj),
        knownUnchanged: (object, hash) => !full && deps.ownership.isUntouched(key, refOf(object), hash),
      },
      ctx.signal,
    )
    deps.ownership.record(key, changeSet, { intervalMs: kustomizationInterval(obj) })
    const changed = changeSet.filter(({ action }) => hasChanged(action))
    if (changed.length > 0)
      progress.event({ severity: 'info', message: formatChangeSet(changed), reason: 'Progressing' })
    logResult(run, changeSet)
    return next(changeSet)
  } catch (cause) {
    if (ctx.signal.aborted) throw cause
    const error = withChangesSoFar(cause)
    return { kind: 'failed', reason: 'ReconciliationFailed', error, retryAfterMs: kustomizationRetryInterval(obj) }
  }
}

function logResult({ ctx, deps, revision }: SourcedRun, changeSet: ChangeSet): void {
  const output = deps.options.groupChangeLog ? groupByAction(changeSet) : toActionMap(changeSet)
  if (changeSet.length > 0) ctx.log.info({ output, revision }, 'server-side apply completed')
}

// what earlier stages did is part of the message, as in Flux
function withChangesSoFar(cause: unknown): Error {
  if (!(cause instanceof ApplyError)) return cause as Error
  const changed = cause.changeSet.filter(({ action }) => hasChanged(action))
  if (changed.length === 0) return cause
  return new Error(`${errorMessage(cause)}\n${formatChangeSet(changed)}`, { cause })
}
