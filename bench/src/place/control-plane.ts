// SPDX-License-Identifier: Apache-2.0
import { startLocalCluster } from '@tidelock/local-cluster'
import type { LocalCluster } from '@tidelock/local-cluster'

/**
 * What the control plane consists of. `api`: kube-apiserver, etcd and nats-server; nothing turns Deployments into pods, as when Flux
 * was measured. `full`: kube-controller-manager, kube-scheduler and KWOK too.
 */
export type ClusterShape = 'api' | 'full'

/** Where the control plane is made. */
export interface ControlPlaneOptions {
  readonly dataDir: string
  readonly cacheDir: string
  readonly searchPath: string | undefined
  readonly assetsDir: string | undefined
  readonly shape: ClusterShape
  readonly auditLogPath: string | undefined
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal
}

/** Starts the control plane. The caller stops it. */
export function startControlPlane(options: ControlPlaneOptions): Promise<LocalCluster> {
  const { dataDir, cacheDir, searchPath, assetsDir, shape, auditLogPath, onProgress, signal } = options
  const rest = shape === 'full'
  return startLocalCluster({
    dataDir,
    cacheDir,
    components: { controllerManager: rest, scheduler: rest, kwok: rest, nats: true },
    onProgress,
    signal,
    ...(searchPath === undefined ? {} : { searchPath }),
    ...(assetsDir === undefined ? {} : { assetsDir }),
    ...(auditLogPath === undefined ? {} : { auditLogPath }),
  })
}
