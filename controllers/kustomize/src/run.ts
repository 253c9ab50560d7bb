// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { hostname, tmpdir } from 'node:os'
import { systemClock } from '@tidelock/api'
import { ArtifactCache } from '@tidelock/artifact'
import { openAuth } from '@tidelock/auth'
import type { AuthDeps, OpenAuthOptions } from '@tidelock/auth'
import { createHttpClient } from '@tidelock/http'
import { KubeClient, RequestSlots } from '@tidelock/kube'
import { ensureWasm, KustomizeEngine } from '@tidelock/kustomize-wasm'
import { createManager, reportInert } from '@tidelock/runtime'
import type { CreateManagerOptions, CreatedManager } from '@tidelock/runtime'
import { createTokenCacheMetrics } from './credentials/token-cache-metrics.ts'
import { inertGates } from './features.ts'
import { DownloadTries } from './kustomization/download-tries.ts'
import { DriftLedger } from './kustomization/drift/ledger.ts'
import { createDriftMetrics } from './kustomization/drift/metrics.ts'
import { FullRuns } from './kustomization/full-runs.ts'
import { HeadStart } from './kustomization/head-start.ts'
import { Heirs } from './kustomization/heirs.ts'
import { setupKustomization } from './kustomization/setup.ts'
import type { KustomizationOptions } from './kustomization/dependencies.ts'
import { LongBuilds } from './kustomization/long-builds.ts'
import { AppliedBuilds } from './kustomization/skip/applied-builds.ts'
import { createSkipMetrics } from './kustomization/skip/metrics.ts'
import { Targets } from './kustomization/target/targets.ts'
import { UnconfirmedWrites } from './kustomization/unconfirmed-writes.ts'
import { WaitRegistry } from './kustomization/wait-registry.ts'
import { parseOptions } from './options.ts'
import type { KustomizeOptions } from './options.ts'
import { RemoteBases } from './remote/remote-bases.ts'
import { version } from './version.ts'

const name = 'kustomize-controller'
/** Of all rendered objects that are kept, compressed: those of about 50,000 small ones. */
const keptObjectsBytes = 16 * 2 ** 20

/** What another host, or a test, sets beside flags and environment. */
export interface Overrides extends Pick<CreateManagerOptions, 'faults' | 'log' | 'logStream'> {
  /** Where clouds are, and whom to trust there. */
  readonly clouds?: Pick<OpenAuthOptions, 'ca' | 'googleOrigins'>
}

/** Runs the kustomize controller until the signal aborts. Throws what keeps it from starting. */
export async function runKustomizeController(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  { clouds = {}, ...overrides }: Overrides = {},
): Promise<void> {
  const options = parseOptions(argv, env, tmpdir())
  const instance = `${hostname()}_${randomBytes(8).toString('hex')}`
  const routine = new RequestSlots({ ...requestSlots, clock: systemClock })
  const created = await createManager({
    ...{ name, version, options, env, instance, routineRequests: routine },
    ...overrides,
  })
  const { manager, client, log, metrics } = created
  await using stack = new AsyncDisposableStack()
  stack.defer(() => created.close())
  const engine = stack.use(await openEngine(options))
  const artifacts = await openArtifacts(options, env)
  stack.defer(() => artifacts.close())
  const clock = systemClock
  const remotes = options.noRemoteBases ? undefined : stack.use(await openRemoteBases(options))
  const tokenMetrics = createTokenCacheMetrics(metrics.registry)
  const auth = stack.use(
    await openAuth({
      ...{ env, clock, userAgent: `${name}/${version}`, observer: tokenMetrics, ...clouds },
      cacheMaxSize: options.tokenCacheMaxSize,
      cacheMaxDurationMs: options.tokenCacheMaxDurationMs,
    }),
  )
  const targets = stack.use(openTargets(options, auth, created))
  reportInert(log, options.inertFlags, { names: inertGates, features: options.features })
  setupKustomization(manager, {
    ...{ client, clock, engine, artifacts, remotes, targets, auth, tokenMetrics },
    routineRequests: routine,
    waits: new WaitRegistry(clock),
    fullRuns: new FullRuns({ clock, random: Math.random, periodMs: options.fullResyncMs }),
    heirs: new Heirs(),
    downloads: new DownloadTries(options.httpRetry),
    unconfirmed: new UnconfirmedWrites(),
    drift: new DriftLedger({
      clock,
      metrics: createDriftMetrics(metrics.registry),
      intervalJitterPercentage: options.intervalJitterPercentage,
    }),
    applied: new AppliedBuilds(keptObjectsBytes),
    skips: createSkipMetrics(metrics.registry),
    headStart: new HeadStart(clock),
    builds: new LongBuilds(clock),
    options: toKustomizationOptions(options),
  })
  if (options.features.enabled('DirectSourceFetch'))
    log.info({}, 'sources are read from the API server, not from the cache')
  // while this instance waits for the Lease: the first build then does not pay for the start of the engine
  manager.addRunnable('engine', () => engine.warm(), { needsLeader: false })
  await manager.run(signal)
}

/** What runs that nobody waits for may ask of API servers at the same time. */
const requestSlots = {
  /** Enough to keep an API server busy, and not so many that a hand edit's correction would stand behind them. */
  slots: 16,
  /** While a hand edit is being corrected, or somebody waits for a run: what an API server on two cores answers at once without delay. */
  besideUrgent: 3,
  /** Many times what a correction takes. Who names a cluster that never answers must not slow down everybody else. */
  urgentMs: 5000,
} as const

/** What is asked of a remote cluster is answered in this time, as with Flux: its server may be hostile. */
const remoteTimeoutMs = 30_000
/** A page of a list is the largest answer. */
const remoteAnswerBytes = 64 * 2 ** 20

function openTargets(options: KustomizeOptions, auth: AuthDeps, { client, log, metrics }: CreatedManager): Targets {
  const { overrideManagers, defaultServiceAccount, defaultKubeconfigServiceAccount } = options
  const userAgent = `${name}/${version}`
  return new Targets({
    ...{ client, log, clock: systemClock, env: auth.env, auth, fieldManager: name },
    ...{ overrideManagers, defaultServiceAccount, defaultKubeconfigServiceAccount },
    insecureExec: options.insecureKubeconfigExec,
    insecureTls: options.insecureKubeconfigTls,
    workloadIdentity: options.features.enabled('ObjectLevelWorkloadIdentity'),
    connect: (target) =>
      new KubeClient({
        target,
        userAgent,
        onRequest: metrics.observeRequest,
        rateLimit: { qps: options.kubeApiQps, burst: options.kubeApiBurst },
        exchangeTimeoutMs: remoteTimeoutMs,
        maxResponseBytes: remoteAnswerBytes,
        retry: { attempts: 2 },
      }),
  })
}

async function openEngine(options: KustomizeOptions): Promise<KustomizeEngine> {
  const wasmPath = await ensureWasm({ cacheDir: options.engineCacheDir || options.cacheDir })
  return new KustomizeEngine({
    wasmPath,
    workers: options.engineWorkers,
    memoryMaxBytes: options.engineMemoryMaxBytes,
    timeoutMs: options.engineTimeoutMs,
    clock: systemClock,
  })
}

function openArtifacts(
  options: KustomizeOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ArtifactCache> {
  const { SOURCE_CONTROLLER_LOCALHOST: ofController, SOURCE_WATCHER_LOCALHOST: ofWatcher } = env
  return ArtifactCache.open({
    root: options.cacheDir,
    maxBytes: options.cacheMaxBytes,
    // a failed download is tried again by the queue
    retries: 0,
    clock: systemClock,
    http: createHttpClient({ userAgent: `${name}/${version}` }),
    hostOverride: ({ host }) => (host.startsWith('source-watcher') ? ofWatcher : ofController) || undefined,
  })
}

function openRemoteBases({ cacheDir }: KustomizeOptions): Promise<RemoteBases> {
  return RemoteBases.open({
    root: `${cacheDir}-remote-bases`,
    clock: systemClock,
    userAgent: `${name}/${version}`,
  })
}

function toKustomizationOptions(options: KustomizeOptions): KustomizationOptions {
  const { features } = options
  return {
    version,
    fieldManager: name,
    requeueDependencyMs: options.requeueDependencyMs,
    concurrentSsa: options.concurrentSsa,
    noCrossNamespaceRefs: options.noCrossNamespaceRefs,
    overrideManagers: options.overrideManagers,
    customStageKinds: options.customApplyStageKinds,
    strictSubstitution: features.enabled('StrictPostBuildSubstitutions'),
    cancelHealthChecks: features.enabled('CancelHealthCheckOnNewRevision'),
    additiveReadyExpr: features.enabled('AdditiveCELDependencyCheck'),
    failFast: !features.enabled('DisableFailFastBehavior'),
    allowExternalArtifact: features.enabled('ExternalArtifact'),
    groupChangeLog: features.enabled('GroupChangeLog'),
    migrateApiVersion: features.enabled('MigrateAPIVersion'),
    directSourceFetch: features.enabled('DirectSourceFetch'),
    cacheConfigs: features.enabled('CacheSecretsAndConfigMaps'),
    watchConfigs: !features.enabled('DisableConfigWatchers'),
    settings: {
      drift: options.driftMode,
      pruneBudget: options.pruneBudget ?? undefined,
      protectedKinds: options.protectedKinds,
      refuseEmptySource: options.refuseEmptySource,
    },
    workloadIdentity: features.enabled('ObjectLevelWorkloadIdentity'),
    decryption: {
      namespace: options.runtimeNamespace,
      sopsAgeSecret: options.sopsAgeSecret,
      sopsVaultConfigMap: options.sopsVaultConfigMap,
      defaultServiceAccount: options.defaultDecryptionServiceAccount,
      verifyMac: options.sopsVerifyMac,
    },
  }
}
