// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { systemClock } from '@tidelock/api'
import type { Clock } from '@tidelock/api'
import { KubeClient, loadTarget } from '@tidelock/kube'
import { COMPONENTS } from '@tidelock/local-cluster'
import type { LocalCluster } from '@tidelock/local-cluster'
import type { BenchOptions } from '../options.ts'
import { appNamespace } from '../workload/app.ts'
import { writeRepository } from '../workload/repository.ts'
import { startControlPlane } from './control-plane.ts'
import { runUp } from './run-up.ts'
import { untilReady } from './until-ready.ts'
import type { UpState } from './up-state.ts'

/** What the bench gets from outside; `main.ts` makes it. */
export interface BenchEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The per-user cache of built binaries. */
  readonly cacheDir: string
  /** Results. */
  readonly out: (text: string) => void
  /** One line of progress. */
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal
}

/** Everything that runs, and the yardstick's own client. Disposing ends all. */
export interface Place extends AsyncDisposable {
  readonly state: UpState
  readonly client: KubeClient
  /** Who edits by hand: on connections of its own, as a user, and not behind what the yardstick sends beside. */
  readonly hands: KubeClient
  readonly clock: Clock
  readonly auditLogPath: string | undefined
  /** Names of the control plane's processes. */
  readonly components: readonly string[]
  /** Rejects when `tidelock up` or a controller ends by itself. */
  readonly broken: Promise<never>
}

/**
 * Makes the repository, starts the control plane, the Git server and the controllers, with all their files in the directory `root`.
 * What was started ends again on a failure.
 */
export async function openPlace(options: BenchOptions, environment: BenchEnvironment, root: string): Promise<Place> {
  const stops = new AsyncDisposableStack()
  try {
    return await open(options, environment, root, stops)
  } catch (error) {
    await stops.disposeAsync()
    throw error
  }
}

async function open(
  options: BenchOptions,
  environment: BenchEnvironment,
  root: string,
  stops: AsyncDisposableStack,
): Promise<Place> {
  const { env, onProgress, signal } = environment
  const repository = join(root, 'repository')
  onProgress(`writing a repository of ${options.apps} apps`)
  await writeRepository(repository, options)

  const auditLogPath = options.audit ? join(root, 'audit.log') : undefined
  const cluster = options.cluster === 'api' ? await startBare(root, auditLogPath, environment, stops) : undefined
  const up = await runUp({
    args: [
      `--data=${join(root, 'up')}`,
      `--repository=${repository}`,
      '--path=none',
      // those that Flux was measured with
      '--controllers=source,kustomize',
      `--controller-flag=--concurrent=${options.concurrent}`,
      ...(cluster === undefined ? [] : [`--kubeconfig=${cluster.kubeconfigPath}`]),
      ...(cluster === undefined && auditLogPath !== undefined ? [`--audit-log=${auditLogPath}`] : []),
    ],
    env: upEnvironment(env, options.profileDir),
    onProgress,
    signal,
  })
  stops.defer(() => up.stop())

  const target = await loadTarget({ kubeconfig: up.state.kubeconfig, env: {} })
  const client = new KubeClient({ target, userAgent: 'tidelock-bench' })
  const hands = new KubeClient({ target, userAgent: 'tidelock-bench-hands' })
  stops.defer(() => client.close())
  stops.defer(() => hands.close())
  await Promise.race([untilReady(up.state, client, systemClock, signal), up.broken])
  await client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: appNamespace } }, { signal })
  return {
    state: up.state,
    client,
    hands,
    clock: systemClock,
    auditLogPath,
    components: cluster === undefined ? COMPONENTS : Object.keys(cluster.pids),
    broken: up.broken,
    [Symbol.asyncDispose]: () => stops.disposeAsync(),
  }
}

async function startBare(
  root: string,
  auditLogPath: string | undefined,
  { env, cacheDir, onProgress, signal }: BenchEnvironment,
  stops: AsyncDisposableStack,
): Promise<LocalCluster> {
  const cluster = await startControlPlane({
    dataDir: join(root, 'cluster'),
    cacheDir,
    searchPath: env['PATH'],
    assetsDir: env['KUBEBUILDER_ASSETS'],
    auditLogPath,
    onProgress,
    signal,
  })
  stops.defer(() => cluster.stop())
  return cluster
}

function upEnvironment(
  env: BenchEnvironment['env'],
  profileDir: string | undefined,
): Readonly<Record<string, string | undefined>> {
  // certificates of this machine, which no image holds in memory
  const own = { ...env, NODE_EXTRA_CA_CERTS: undefined }
  if (profileDir === undefined) return own
  const flags = ['--cpu-prof', `--cpu-prof-dir=${profileDir}`, '--cpu-prof-interval=500']
  return { ...own, NODE_OPTIONS: [env['NODE_OPTIONS'], ...flags].filter(Boolean).join(' ') }
}
