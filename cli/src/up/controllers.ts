// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url'
import {
  clusterReconciler as kustomizeClusterReconciler,
  clusterRules as kustomizeClusterRules,
  namespaceRules as kustomizeNamespaceRules,
  runKustomizeController,
} from '@tidelock/kustomize-controller'
import {
  clusterReconciler as notificationClusterReconciler,
  clusterRules as notificationClusterRules,
  namespaceRules as notificationNamespaceRules,
  runNotificationController,
} from '@tidelock/notification-controller'
import {
  clusterReconciler as sourceClusterReconciler,
  clusterRules as sourceClusterRules,
  namespaceRules as sourceNamespaceRules,
  runSourceController,
} from '@tidelock/source-controller'
import type { ControllerName } from './controller-names.ts'
import type { DataPaths } from './paths.ts'

/** A rule of a ClusterRole or Role. */
interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/** Addresses that one controller listens on, each `127.0.0.1:<port>`. */
export interface ControllerAddresses {
  readonly metrics: string
  readonly health: string
  /** Artifacts, of the source controller. */
  readonly storage: string
  /** Events over HTTP, of the notification controller. */
  readonly events: string
  /** Webhooks, of the notification controller. */
  readonly webhooks: string
}

/** A controller that `up` can run. */
export interface ControllerDefinition {
  readonly name: ControllerName
  /** `source-controller`: its account, Lease and bus user. */
  readonly fullName: string
  readonly entry: string
  readonly clusterRules: readonly Rule[]
  readonly namespaceRules: readonly Rule[]
  /** Whether it applies what users ask for, and so is bound to cluster-admin as in Flux. */
  readonly clusterReconciler: boolean
  /** Whether it reads events off the bus, by a consumer of its own name. */
  readonly readsEvents: boolean
  /** Its own flags, beside those that all have. */
  flags(paths: DataPaths, addresses: ControllerAddresses, cacheDir: string): readonly string[]
  /** Runs it in this process. */
  run(
    argv: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal,
    host: { readonly logStream: { write(line: string): void } },
  ): Promise<void>
}

const resolveEntry = (specifier: string): string => fileURLToPath(import.meta.resolve(specifier))

/** Every controller there is, in start order. */
export function controllerDefinitions(): readonly ControllerDefinition[] {
  return [
    {
      name: 'source',
      fullName: 'source-controller',
      entry: resolveEntry('@tidelock/source-controller/main'),
      clusterRules: sourceClusterRules,
      namespaceRules: sourceNamespaceRules,
      clusterReconciler: sourceClusterReconciler,
      readsEvents: false,
      flags: (paths, { storage }) => [
        `--storage-path=${paths.storage('source')}`,
        `--storage-addr=${storage}`,
        `--storage-adv-addr=${storage}`,
      ],
      run: runSourceController,
    },
    {
      name: 'kustomize',
      fullName: 'kustomize-controller',
      entry: resolveEntry('@tidelock/kustomize-controller/main'),
      clusterRules: kustomizeClusterRules,
      namespaceRules: kustomizeNamespaceRules,
      clusterReconciler: kustomizeClusterReconciler,
      readsEvents: false,
      flags: (paths, _addresses, cacheDir) => [
        `--cache-dir=${paths.storage('kustomize')}`,
        `--engine-cache-dir=${cacheDir}`,
      ],
      run: runKustomizeController,
    },
    {
      name: 'notification',
      fullName: 'notification-controller',
      entry: resolveEntry('@tidelock/notification-controller/main'),
      clusterRules: notificationClusterRules,
      namespaceRules: notificationNamespaceRules,
      clusterReconciler: notificationClusterReconciler,
      readsEvents: true,
      flags: (_paths, { events, webhooks }) => [`--events-addr=${events}`, `--receiverAddr=${webhooks}`],
      run: runNotificationController,
    },
  ]
}
