// SPDX-License-Identifier: Apache-2.0
import { startLocalCluster } from '@tidelock/local-cluster'
import type { LocalCluster } from '@tidelock/local-cluster'

/**
 * What runs beside the controllers. `api`: kube-apiserver and etcd alone, nearest to what Flux was measured on: nothing turns
 * Deployments into pods, and there is no receiver of events but the API server. `full`: all that `tidelock up` starts, with kube-controller-manager,
 * kube-scheduler, KWOK and the bus.
 */
export type ClusterShape = 'api' | 'full'

/** Where the control plane is made. */
export interface ControlPlaneOptions {
  readonly dataDir: string
  readonly cacheDir: string
  readonly searchPath: string | undefined
  readonly assetsDir: string | undefined
  readonly auditLogPath: string | undefined
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal
}

/** Starts kube-apiserver and etcd alone. The caller stops them. */
export function startControlPlane(options: ControlPlaneOptions): Promise<LocalCluster> {
  const { dataDir, cacheDir, searchPath, assetsDir, auditLogPath, onProgress, signal } = options
  return startLocalCluster({
    dataDir,
    cacheDir,
    components: { controllerManager: false, scheduler: false, kwok: false, nats: false },
    onProgress,
    signal,
    ...(searchPath === undefined ? {} : { searchPath }),
    ...(assetsDir === undefined ? {} : { assetsDir }),
    ...(auditLogPath === undefined ? {} : { auditLogPath }),
  })
}
