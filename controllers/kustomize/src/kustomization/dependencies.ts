// SPDX-License-Identifier: Apache-2.0
import type { Artifact, Clock, Condition, Kustomization, KubeObject, ObjectKey } from '@tidelock/api'
import type { ArtifactCache } from '@tidelock/artifact'
import type { AuthDeps } from '@tidelock/auth'
import type { KubeClient, RequestSlots } from '@tidelock/kube'
import type { KustomizeEngine } from '@tidelock/kustomize-wasm'
import type { Progress, ReconcileContext } from '@tidelock/runtime'
import type { Settings } from './annotations.ts'
import type { ConfigReader } from './configs.ts'
import type { TokenCacheMetrics } from '../credentials/token-cache-metrics.ts'
import type { DecryptionOptions } from './decryption/options.ts'
import type { RemoteBases } from '../remote/remote-bases.ts'
import type { DownloadTries } from './download-tries.ts'
import type { DriftLedger } from './drift/ledger.ts'
import type { Allowances } from './expressions/allowances.ts'
import type { HealthRules } from './expressions/health-rules.ts'
import type { ReadyExpressions } from './expressions/ready-expressions.ts'
import type { FullRuns } from './full-runs.ts'
import type { HeadStart } from './head-start.ts'
import type { Heirs } from './heirs.ts'
import type { LongBuilds } from './long-builds.ts'
import type { SecretValues } from './secret-values.ts'
import type { AppliedBuilds } from './skip/applied-builds.ts'
import type { SkipMetrics } from './skip/metrics.ts'
import type { BuildAttempt } from './steps/make-objects.ts'
import type { Targeted } from './target/target.ts'
import type { Targets } from './target/targets.ts'
import type { UnconfirmedWrites } from './unconfirmed-writes.ts'
import type { WaitRegistry } from './wait-registry.ts'

/** A source as Kustomizations see it: any kind that publishes an artifact. */
export interface Source extends KubeObject {
  status?: { artifact?: Artifact; conditions?: Condition[] }
}

/** What of the flags the reconciler reads. */
export interface KustomizationOptions {
  /** Of the controller and of the engine in it. */
  readonly version: string
  /** Field manager of applied objects, and name of the controller: `kustomize-controller`. */
  readonly fieldManager: string
  readonly requeueDependencyMs: number
  readonly concurrentSsa: number
  readonly noCrossNamespaceRefs: boolean
  readonly overrideManagers: readonly string[]
  /** `group/Kind` of the custom stage. */
  readonly customStageKinds: ReadonlySet<string>
  readonly strictSubstitution: boolean
  readonly failFast: boolean
  /** Whether a dependency with a `readyExpr` must pass the built-in check too (gate AdditiveCELDependencyCheck). */
  readonly additiveReadyExpr: boolean
  /** Whether a change ends a wait for health before it is known to concern it (gate CancelHealthCheckOnNewRevision). */
  readonly cancelHealthChecks: boolean
  readonly allowExternalArtifact: boolean
  readonly groupChangeLog: boolean
  readonly migrateApiVersion: boolean
  readonly directSourceFetch: boolean
  /** Whether ConfigMaps and Secrets are read from a cache (gate CacheSecretsAndConfigMaps). */
  readonly cacheConfigs: boolean
  /** Whether a change of a labelled ConfigMap or Secret starts the runs of its users (gate DisableConfigWatchers). */
  readonly watchConfigs: boolean
  /** Whether an object may name the ServiceAccount by which it gets at clouds and Vault (gate ObjectLevelWorkloadIdentity). */
  readonly workloadIdentity: boolean
  readonly decryption: DecryptionOptions
  /** What holds for Kustomizations without annotations. */
  readonly settings: Settings
}

/** What the reconciler works with. All of it outlives a run. */
export interface KustomizationDependencies {
  readonly clock: Clock
  /** The own cluster, as the controller itself: for its own objects, sources, variables and keys. What is applied goes by `targets`. */
  readonly client: KubeClient
  readonly engine: KustomizeEngine
  readonly artifacts: ArtifactCache
  /** Absent: a build that refers to a remote base fails (`--no-remote-bases`). */
  readonly remotes: RemoteBases | undefined
  /** Credentials of clouds and of workload identities. */
  readonly auth: AuthDeps
  readonly tokenMetrics: TokenCacheMetrics
  readonly targets: Targets
  /** What runs that nobody waits for ask of API servers takes these, so that it does not stand in the way of the others. */
  readonly routineRequests: RequestSlots
  readonly waits: WaitRegistry
  readonly fullRuns: FullRuns
  readonly heirs: Heirs
  readonly downloads: DownloadTries
  readonly unconfirmed: UnconfirmedWrites
  readonly drift: DriftLedger
  readonly applied: AppliedBuilds
  readonly skips: SkipMetrics
  readonly headStart: HeadStart
  readonly builds: LongBuilds<BuildAttempt>
  readonly options: KustomizationOptions
  /** What expressions may cost, by namespace. */
  readonly allowances: Allowances
  readonly readyExpressions: ReadyExpressions
  /** Reads ConfigMaps and Secrets that objects name. */
  readonly configs: ConfigReader
  /** From the cache, or with the gate DirectSourceFetch from the server; undefined when there is no such object. */
  findSource(kind: string, key: ObjectKey, signal: AbortSignal): Promise<Source | undefined>
  /** From the cache; one that is being deleted does not count. */
  hasKustomization(key: ObjectKey): boolean
  /** Kustomizations whose inventory lists the entry, from the cache. */
  listOwners(inventoryId: string): readonly Kustomization[]
  /** Puts the object back on the queue. */
  readonly enqueue: (key: ObjectKey) => void
}

/** One run over one object. */
export interface Run {
  readonly ctx: ReconcileContext
  readonly obj: Kustomization
  readonly key: ObjectKey
  readonly progress: Progress
  readonly deps: KustomizationDependencies
  /** Milliseconds on the monotonic clock. */
  readonly startedMs: number
  /** What the object's annotations say. */
  readonly settings: Settings
  /** How the health of objects is told. */
  readonly healthRules: HealthRules
  /** What must not be quoted in what the run reports. */
  readonly secrets: SecretValues
}

/** A run that knows what it is to apply. */
export interface SourcedRun extends Run {
  readonly source: Source
  readonly artifact: Artifact
  readonly revision: string
  /** Of OCI artifacts: the revision at the origin. */
  readonly originRevision: string | undefined
}

/** A run that also knows where it is to apply that, and as whom. */
export type TargetedRun = SourcedRun & Targeted
