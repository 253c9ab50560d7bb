// SPDX-License-Identifier: Apache-2.0
import { mkdir, rm } from 'node:fs/promises'
import { KubeClient, loadTarget } from '@tidelock/kube'
import type { ClusterTarget } from '@tidelock/kube'
import { BusConnection, ensureStream } from '@tidelock/bus'
import { startGitServer, startLocalCluster } from '@tidelock/local-cluster'
import type { GitServer, LocalCluster } from '@tidelock/local-cluster'
import { CliError } from '../errors.ts'
import { startController } from './controller-process.ts'
import type { ControllerSettings, RunningController } from './controller-process.ts'
import type { ControllerDefinition } from './controllers.ts'
import { embedController } from './embedded-controller.ts'
import { busUsers } from './bus-users.ts'
import { dataPaths } from './paths.ts'
import type { DataPaths } from './paths.ts'
import { freeLeases, prepareCluster, writeControllerKubeconfig } from './prepare-cluster.ts'
import { applySample, ensureRepository, repositoryUrl, requestReconcile } from './sample.ts'
import { watchPushes } from './watch-pushes.ts'
import { readState, writeState } from './state-file.ts'
import type { UpState } from './state-file.ts'

/** What `tidelock up` was asked for. */
export interface UpOptions {
  readonly dataDir: string
  readonly cacheDir: string
  readonly controllers: readonly ControllerDefinition[]
  readonly singleProcess: boolean
  /** A given cluster, used instead of starting one. */
  readonly kubeconfig: string | undefined
  /** Files of the served repository. */
  readonly repository: string
  /** `spec.path` of the entry Kustomization; undefined applies nothing. */
  readonly path: string | undefined
  readonly extraFlags: readonly string[]
  readonly auditLogPath: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal
}

/** Everything that runs. The caller stops it. */
export interface House {
  readonly state: UpState
  readonly client: KubeClient
  /** Resolves with a sentence when a controller ends by itself. */
  readonly broken: Promise<string>
  stop(): Promise<void>
}

/** Starts the cluster, the bus, the Git server and the controllers, in this order; what was started ends again if a later part fails. */
export async function startHouse(options: UpOptions): Promise<House> {
  const paths = dataPaths(options.dataDir)
  await mkdir(paths.root, { recursive: true, mode: 0o700 })
  const running = await readState(paths.state)
  if (running !== undefined) {
    throw new CliError(
      'AlreadyRunning',
      `tidelock up runs already on ${paths.root} (process ${running.pid}): use it, end it with 'tidelock down --data ${paths.root}', or give another --data`,
    )
  }
  const stops = new AsyncDisposableStack()
  try {
    const house = await start(options, paths, stops)
    return { ...house, stop: () => stops.disposeAsync() }
  } catch (error) {
    await stops.disposeAsync()
    throw error
  }
}

async function start(options: UpOptions, paths: DataPaths, stops: AsyncDisposableStack): Promise<Omit<House, 'stop'>> {
  const { onProgress, signal, controllers } = options
  onProgress(options.kubeconfig === undefined ? 'starting the control plane' : 'connecting to the given cluster')
  const place = await openCluster(options, paths, stops)
  onProgress('applying CRDs, accounts and rights')
  await prepareCluster(place.client, controllers, signal)
  if (place.cluster !== undefined) {
    await prepareBus(place.cluster)
    await freeLeases(place.client, controllers, signal)
  }

  onProgress('serving the repository')
  const gitDir = await ensureRepository(paths.git, options.repository)
  const git = await serveGit(paths, place.client, options, stops)

  if (controllers.length > 0) onProgress(`starting ${controllers.map(({ fullName }) => fullName).join(', ')}`)
  const running = await startControllers(options, paths, place, stops)
  if (options.path !== undefined) await applySample(place.client, repositoryUrl(git.url), options.path, signal)

  const state = describe(paths, place, git, gitDir, running)
  await writeState(paths.state, state)
  stops.defer(() => rm(paths.state, { force: true }))
  const broken = Promise.race(
    running.map(async ({ name, ended }) => `the ${name} controller ended: ${await ended}; see ${paths.logs}`),
  )
  return { state, client: place.client, broken }
}

interface Place {
  readonly client: KubeClient
  readonly target: ClusterTarget
  readonly kubeconfig: string
  /** Undefined with a given cluster. */
  readonly cluster: LocalCluster | undefined
}

async function openCluster(options: UpOptions, paths: DataPaths, stops: AsyncDisposableStack): Promise<Place> {
  const cluster = options.kubeconfig === undefined ? await bootCluster(options, paths) : undefined
  if (cluster !== undefined) stops.defer(() => cluster.stop())
  const kubeconfig = cluster?.kubeconfigPath ?? options.kubeconfig ?? ''
  const target = await loadTarget({ kubeconfig, env: {} })
  const client = new KubeClient({ target, userAgent: 'tidelock-cli' })
  stops.defer(() => client.close())
  return { client, target, kubeconfig, cluster }
}

function bootCluster(
  { cacheDir, env, onProgress, signal, controllers, auditLogPath }: UpOptions,
  paths: DataPaths,
): Promise<LocalCluster> {
  const { KUBEBUILDER_ASSETS: assetsDir, PATH: searchPath } = env
  return startLocalCluster({
    dataDir: paths.cluster,
    cacheDir,
    onProgress,
    signal,
    natsUsers: busUsers(controllers),
    ...(assetsDir === undefined ? {} : { assetsDir }),
    ...(searchPath === undefined ? {} : { searchPath }),
    ...(auditLogPath === undefined ? {} : { auditLogPath }),
  })
}

async function prepareBus(cluster: LocalCluster): Promise<void> {
  const quiet = { debug: () => undefined, info: () => undefined, error: () => undefined }
  const connection = new BusConnection({
    url: cluster.natsUrl,
    seedFile: cluster.natsSeedFile('admin'),
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

async function serveGit(
  paths: DataPaths,
  client: KubeClient,
  options: UpOptions,
  stops: AsyncDisposableStack,
): Promise<GitServer> {
  const { PATH: searchPath } = options.env
  const onPush = async (): Promise<void> => {
    if (options.path !== undefined) await requestReconcile(client, Date.now())
  }
  const git = await startGitServer({
    root: paths.git,
    allowPush: true,
    hooks: watchPushes(onPush),
    ...(searchPath === undefined ? {} : { searchPath }),
  })
  stops.defer(() => git.stop())
  return git
}

async function startControllers(
  options: UpOptions,
  paths: DataPaths,
  place: Place,
  stops: AsyncDisposableStack,
): Promise<RunningController[]> {
  const begin = options.singleProcess ? embedController : startController
  const started = await Promise.all(
    options.controllers.map(async (definition) => {
      const settings: ControllerSettings = {
        paths,
        cacheDir: options.cacheDir,
        kubeconfig: await writeControllerKubeconfig(place.client, place.target, definition, paths),
        natsUrl: place.cluster?.natsUrl ?? '',
        natsSeedFile: place.cluster?.natsSeedFile(definition.fullName) ?? '',
        extraFlags: options.extraFlags,
      }
      return begin(definition, settings)
    }),
  )
  // all at once: each takes a moment to let its Lease go
  stops.defer(async () => void (await Promise.all(started.map((controller) => controller.stop()))))
  return started
}

function describe(
  paths: DataPaths,
  place: Place,
  git: GitServer,
  gitDir: string,
  running: readonly RunningController[],
): UpState {
  return {
    pid: process.pid,
    dataDir: paths.root,
    kubeconfig: place.kubeconfig,
    server: place.target.server,
    gitUrl: repositoryUrl(git.url),
    gitDir,
    natsUrl: place.cluster?.natsUrl ?? '',
    pids: Object.fromEntries(running.map(({ name, pid }) => [name, pid])),
    metrics: Object.fromEntries(running.map(({ name, metricsUrl }) => [name, metricsUrl])),
    logsDir: paths.logs,
  }
}
