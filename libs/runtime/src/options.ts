// SPDX-License-Identifier: Apache-2.0
import type { FeatureGates } from './feature-gates.ts'

/** Leader election, by Flux's flags. */
export interface LeaderElectionOptions {
  readonly enabled: boolean
  readonly releaseOnCancel: boolean
  readonly leaseDurationMs: number
  readonly renewDeadlineMs: number
  readonly retryPeriodMs: number
}

/** Level and encoding of the log. */
export interface LogOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'error'
  readonly encoding: 'json' | 'console'
}

/** The flags that all controllers share, parsed and checked. '' means not set. */
export interface CommonOptions {
  readonly concurrent: number
  readonly eventsAddr: string
  readonly requeueDependencyMs: number
  readonly watchAllNamespaces: boolean
  /** RUNTIME_NAMESPACE: home of the Lease, and the only watched namespace when `watchAllNamespaces` is false. */
  readonly runtimeNamespace: string
  readonly watchLabelSelector: string
  readonly watchConfigsLabelSelector: string
  readonly noCrossNamespaceRefs: boolean
  readonly defaultServiceAccount: string
  readonly features: FeatureGates
  readonly intervalJitterPercentage: number
  readonly minRetryDelayMs: number
  readonly maxRetryDelayMs: number
  readonly kubeApiQps: number
  readonly kubeApiBurst: number
  readonly log: LogOptions
  readonly leaderElection: LeaderElectionOptions
  readonly tokenCacheMaxSize: number
  readonly tokenCacheMaxDurationMs: number
  readonly metricsAddr: string
  readonly healthAddr: string
  /** Path of a kubeconfig; '' uses the pod's own account. */
  readonly kubeconfig: string
  readonly natsUrl: string
  readonly natsSeedFile: string
  /** What the stream of events is made with, where there is none yet. */
  readonly natsStreamReplicas: number
  readonly natsStreamMaxAgeMs: number
  readonly natsStreamMaxBytes: number
  /** PEM files for TLS to NATS; '' is none. */
  readonly natsCaFile: string
  readonly natsCertFile: string
  readonly natsKeyFile: string
  readonly spoolDir: string
  readonly spoolMaxBytes: number
}
