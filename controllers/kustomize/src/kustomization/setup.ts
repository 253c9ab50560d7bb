// SPDX-License-Identifier: Apache-2.0
import {
  apiVersionOf,
  bucketKind,
  externalArtifactKind,
  finalizer,
  formatKey,
  gitRepositoryKind,
  groupMetadata,
  isReady,
  kustomizationInterval,
  kustomizationKind,
  kustomizeGroup,
  ociRepositoryKind,
  toKey,
  formatDuration,
  commitStatusUpdate,
} from '@tidelock/api'
import type { Clock, Kind, Kustomization, ObjectKey } from '@tidelock/api'
import type { Informer } from '@tidelock/kube'
import type {
  ControllerHandle,
  EnqueueOptions,
  EnqueueRequest,
  EventDraft,
  Manager,
  RunFacts,
  WatchBuilder,
} from '@tidelock/runtime'
import { settingsChanged } from './annotations.ts'
import { kustomizationConditions } from './conditions.ts'
import { configKeys, setupConfigs } from './configs.ts'
import type { Configs } from './configs.ts'
import type { KustomizationDependencies, KustomizationOptions, Source } from './dependencies.ts'
import { watchDrift } from './drift/drift-watch.ts'
import { Allowances } from './expressions/allowances.ts'
import { createCachedReadiness } from './expressions/cached-readiness.ts'
import { ReadyExpressions } from './expressions/ready-expressions.ts'
import { createReconciler } from './reconciler.ts'
import { fanOutRevision } from './revision-fan-out.ts'
import type { RevisionFanOutOptions } from './revision-fan-out.ts'
import { followServers } from './server/look-again.ts'
import type { LookAgainOptions } from './server/look-again.ts'
import { dependencyKeys, triggeredBy } from './triggers.ts'
import type { TriggerLookups } from './triggers.ts'
import { warmAhead } from './warm-ahead.ts'

const bySource = 'source'
const byDependency = 'dependency'
const byInventory = 'inventory'
const byConfig = 'config'
/** Nearly all runs take less than a second; what takes so long waits for a server that answers slowly, most often a remote cluster. */
const longRunMs = 10_000

/** All that the setup is given; what hangs on the manager's caches it adds itself. */
export type KustomizationSetup = Omit<
  KustomizationDependencies,
  'allowances' | 'readyExpressions' | 'findSource' | 'hasKustomization' | 'listOwners' | 'enqueue' | 'configs'
>

/** Adds the Kustomization controller to the manager. */
export function setupKustomization(manager: Manager, given: KustomizationSetup): ControllerHandle {
  const kinds = sourceKinds(given.options)
  const sources = new Map(kinds.map((kind) => [kind.kind, manager.informer<Source>(kind)]))
  const own = manager.ownInformer<Kustomization>(kustomizationKind)
  addIndexes(own)
  const all = indexInventories(manager)
  const { cacheConfigs, watchConfigs } = given.options
  const configs = setupConfigs(manager, given.client, { cached: cacheConfigs, watched: watchConfigs })
  const deps: KustomizationDependencies = {
    ...given,
    ...createExpressions(given.clock),
    findSource: (kind, key, signal) => findSource(given, sources, { kind, key }, signal),
    hasKustomization: (key) => isStaying(all.get(key)),
    listOwners: (inventoryId) => all.byIndex(byInventory, inventoryId),
    enqueue: (key) => handle.enqueue(key, { priority: 'change' }),
    configs: configs.reader,
  }
  const enqueue = (key: ObjectKey, options: EnqueueOptions): void => handle.enqueue(key, options)
  const handle: ControllerHandle = manager.addController<Kustomization>({
    name: 'kustomization',
    kind: kustomizationKind,
    reconciler: createReconciler(deps),
    conditions: kustomizationConditions,
    observesSuspended: true,
    finalizer,
    fieldManager: `gotk-${given.options.fieldManager}`,
    intervalMs: kustomizationInterval,
    longRunMs,
    successEvent,
    logFields: ({ status }) => ({ revision: status?.lastAttemptedRevision }),
    watches: (builder) => {
      addWatches(builder, sources, { ...deps, log: manager.log, enqueue })
      builder.on(all, {})
    },
    changed: settingsChanged,
    removed: (key) => forget(deps, key),
  })
  addRunnables(manager, { given, own, configs, handle })
  return handle
}

/** What is being deleted owns nothing any more. */
function isStaying(obj: Kustomization | undefined): boolean {
  return obj !== undefined && obj.metadata.deletionTimestamp === undefined
}

/** What runs beside the queue and puts objects on it. */
function addRunnables(
  manager: Manager,
  {
    given,
    own,
    configs,
    handle,
  }: {
    readonly given: KustomizationSetup
    readonly own: Informer<Kustomization>
    readonly configs: Configs
    readonly handle: ControllerHandle
  },
): void {
  // to say so, or to say it no more
  given.targets.onCoverage((key) => handle.enqueue(key))
  const configWatch = {
    selector: manager.options.watchConfigsLabelSelector,
    users: (configKey: string) => own.byIndex(byConfig, configKey),
    enqueue: (key: ObjectKey, options: EnqueueOptions) => handle.enqueue(key, options),
  }
  manager.addRunnable('configs', (signal) => configs.watch(configWatch, signal), { needsLeader: true })
  const driftWatch = {
    ...{ ...given, defaults: given.options.settings, log: manager.log },
    // new objects are changes too, and a hand edit is not to wait behind all of a cold sync
    enqueue: (key: ObjectKey) => handle.enqueue(key, { priority: 'user' }),
  }
  manager.addRunnable('drift', (signal) => watchDrift(driftWatch, signal), { needsLeader: true })
  const serverWatch: LookAgainOptions = {
    ...{ targets: given.targets, log: manager.log },
    list: () => own.list(),
    mark: (key) => given.fullRuns.mark(key),
    enqueue: (key, afterMs) => handle.enqueue(key, { priority: 'low', afterMs }),
  }
  manager.addRunnable('server', (signal) => followServers(serverWatch, signal), { needsLeader: true })
}

function sourceKinds({ allowExternalArtifact }: KustomizationOptions): Kind[] {
  return [gitRepositoryKind, ociRepositoryKind, bucketKind, ...(allowExternalArtifact ? [externalArtifactKind] : [])]
}

/** An object is left to its owner even if another instance reconciles that. */
function indexInventories(manager: Manager): Informer<Kustomization> {
  const all = manager.informer<Kustomization>(kustomizationKind)
  all.addIndex(byInventory, ({ status }) => (status?.inventory?.entries ?? []).map(({ id }) => id))
  return all
}

function createExpressions(clock: Clock): Pick<KustomizationDependencies, 'allowances' | 'readyExpressions'> {
  const allowances = new Allowances(clock)
  return { allowances, readyExpressions: new ReadyExpressions(allowances) }
}

async function findSource(
  { client, options }: Pick<KustomizationSetup, 'client' | 'options'>,
  sources: ReadonlyMap<string, Informer<Source>>,
  { kind, key }: { readonly kind: string; readonly key: ObjectKey },
  signal: AbortSignal,
): Promise<Source | undefined> {
  if (!options.directSourceFetch) return sources.get(kind)?.get(key)
  return client.find<Source>({ apiVersion: apiVersionOf(gitRepositoryKind), kind, ...key }, { signal })
}

function addIndexes(own: Informer<Kustomization>): void {
  own.addIndex(bySource, ({ spec: { sourceRef }, metadata }) => [
    sourceId(sourceRef.kind, { namespace: sourceRef.namespace ?? metadata.namespace ?? '', name: sourceRef.name }),
  ])
  own.addIndex(byDependency, dependencyKeys)
  own.addIndex(byConfig, configKeys)
}

function addWatches(
  builder: WatchBuilder<Kustomization>,
  sources: ReadonlyMap<string, Informer<Source>>,
  fanOut: RevisionFanOutOptions & Pick<KustomizationDependencies, 'readyExpressions' | 'options'>,
): void {
  const { own } = builder
  for (const [kind, informer] of sources) {
    builder.on(informer, {
      upsert: (now, before) => {
        const artifact = now.status?.artifact
        const users = own.byIndex(bySource, sourceId(kind, toKey(now)))
        warmAhead(fanOut.engine, now, before, users)
        if (artifact === undefined || artifact.revision === before?.status?.artifact?.revision) return []
        void fanOutRevision(fanOut, users, artifact, triggerOf(now))
        return []
      },
    })
  }
  const lookups: TriggerLookups = {
    getOwn: (key) => own.get(key),
    isReadyFor: createCachedReadiness(fanOut.readyExpressions, fanOut.options),
    dependents: (key) => own.byIndex(byDependency, formatKey(key)),
    sourceRevision: ({ spec: { sourceRef }, metadata }) => {
      const key = { namespace: sourceRef.namespace ?? metadata.namespace ?? '', name: sourceRef.name }
      return sources.get(sourceRef.kind)?.get(key)?.status?.artifact?.revision
    },
  }
  builder.on(own, { upsert: (now, before) => requests(triggeredBy(now, before, lookups), now) })
}

type Cause = { readonly kind: string; readonly metadata: { readonly name: string; readonly namespace?: string } }

function requests(objects: readonly Kustomization[], cause: Cause): EnqueueRequest[] {
  return objects.map((object) => ({ key: toKey(object), priority: 'normal', trigger: triggerOf(cause) }))
}

function triggerOf({ kind, metadata: { namespace = '', name } }: Cause): NonNullable<EnqueueOptions['trigger']> {
  return { kind, namespace, name }
}

function sourceId(kind: Kind['kind'], key: ObjectKey): string {
  return `${kind}/${formatKey(key)}`
}

function successEvent(obj: Kustomization, { durationMs, intervalMs }: RunFacts): EventDraft | undefined {
  if (!isReady(obj)) return undefined
  return {
    severity: 'info',
    message: `Reconciliation finished in ${formatDuration(durationMs)}, next run in ${formatDuration(intervalMs)}`,
    metadata: groupMetadata(kustomizeGroup, { commit_status: commitStatusUpdate }),
  }
}

function forget(deps: KustomizationDependencies, key: ObjectKey): void {
  const { waits, targets, fullRuns, heirs, downloads, unconfirmed, drift, applied, builds, tokenMetrics } = deps
  waits.drop(key)
  targets.forget(key)
  fullRuns.forget(key)
  heirs.forget(key)
  downloads.forget(key)
  unconfirmed.forget(key)
  drift.forget(key)
  tokenMetrics.forget(key)
  applied.drop(key)
  builds.drop(key)
}
