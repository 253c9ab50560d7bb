// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import { KubeClient, loadTarget } from '@tidelock/kube'
import type { ClusterTarget } from '@tidelock/kube'
import { BusConnection, ensureStream } from '@tidelock/bus'
import { NATS_ADMIN, startLocalCluster } from '@tidelock/local-cluster'
import type { ComponentName, LocalCluster } from '@tidelock/local-cluster'
import { busUsers } from './bus-users.ts'
import type { UpOptions } from './house.ts'
import type { DataPaths } from './paths.ts'

/** The cluster that everything runs against. */
export interface Place {
  readonly client: KubeClient
  readonly target: ClusterTarget
  readonly kubeconfig: string
  /** Undefined with a given cluster. */
  readonly cluster: LocalCluster | undefined
}

/** Parts that the cluster does not start again by itself: the whole house hangs on them. */
const revived: ReadonlySet<ComponentName> = new Set(['etcd', 'kube-apiserver', 'nats-server'])

/** Boots the cluster of the data directory, or connects to the given one. What it opened is closed by `stops`. */
export async function openPlace(
  options: UpOptions,
  paths: DataPaths,
  stops: AsyncDisposableStack,
  fail: (why: string) => void,
): Promise<Place> {
  const cluster = options.kubeconfig === undefined ? await bootCluster(options, paths, stops, fail) : undefined
  const kubeconfig = cluster?.kubeconfigPath ?? options.kubeconfig ?? ''
  const target = await loadTarget({ kubeconfig, env: {} })
  const client = new KubeClient({ target, userAgent: 'tidelock-cli' })
  stops.defer(() => client.close())
  return { client, target, kubeconfig, cluster }
}

async function bootCluster(
  { cacheDir, env, screen, signal, controllers, auditLogPath }: UpOptions,
  paths: DataPaths,
  stops: AsyncDisposableStack,
  fail: (why: string) => void,
): Promise<LocalCluster> {
  const { KUBEBUILDER_ASSETS: assetsDir, PATH: searchPath } = env
  let running: LocalCluster | undefined
  const revive = (component: ComponentName, how: string): void => {
    if (running === undefined || !revived.has(component)) return
    screen.line(`► ${component} ended (${how}): starting it again`)
    running.start(component).catch((error: unknown) => {
      if (running !== undefined) fail(`${component} ended (${how}) and did not start again: ${errorMessage(error)}`)
    })
  }
  const cluster = await startLocalCluster({
    dataDir: paths.cluster,
    cacheDir,
    onProgress: (line) => screen.line(`► ${line}`),
    onUnexpectedExit: revive,
    signal,
    natsUsers: busUsers(controllers),
    ...(assetsDir === undefined ? {} : { assetsDir }),
    ...(searchPath === undefined ? {} : { searchPath }),
    ...(auditLogPath === undefined ? {} : { auditLogPath }),
  })
  running = cluster
  stops.defer(() => {
    running = undefined
    return cluster.stop()
  })
  return cluster
}

/** Makes the stream that keeps events. */
export async function prepareBus(cluster: LocalCluster): Promise<void> {
  const quiet = { debug: () => undefined, info: () => undefined, error: () => undefined }
  const connection = new BusConnection({
    timeoutMs: 30_000,
    url: cluster.natsUrl,
    seedFile: cluster.natsSeedFile(NATS_ADMIN),
    name: 'tidelock-up',
    log: quiet,
    random: Math.random,
  })
  try {
    await ensureStream(connection)
  } finally {
    await connection.close()
  }
}
