// SPDX-License-Identifier: Apache-2.0
import { rm } from 'node:fs/promises'
import type { KubeClient } from '@tidelock/kube'
import { NATS_ADMIN } from '@tidelock/local-cluster'
import type { Screen } from '../output/screen.ts'
import { startInbox } from './inbox.ts'
import { claimDataDir, makeDataDir } from './claim.ts'
import type { ControllerDefinition } from './controllers.ts'
import { dataPaths } from './paths.ts'
import type { DataPaths } from './paths.ts'
import { openPlace, prepareBus } from './place.ts'
import type { Place } from './place.ts'
import { freeLeases, prepareCluster } from './prepare-cluster.ts'
import { runControllers } from './run-controllers.ts'
import type { RunControllersOptions } from './run-controllers.ts'
import { applySample, ensureRepository, repositoryUrl, requestReconcile } from './sample.ts'
import { serveGit } from './serve-git.ts'
import { endStrays } from './strays.ts'
import type { Supervised } from './supervise.ts'
import { writeState } from './state-file.ts'
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
  readonly screen: Screen
  readonly signal: AbortSignal
}

/** Everything that runs. The caller stops it. */
export interface House {
  readonly state: UpState
  readonly client: KubeClient
  /** When the sample was applied, on the clock of `performance.now()`. */
  readonly appliedAtMs: number
  /** Resolves with a sentence when a part ended by itself and everything should. */
  readonly broken: Promise<string>
  stop(): Promise<void>
}

/**
 * Starts the cluster, the bus, the Git server and the controllers, in this order; what was started ends again if a later part fails
 * or the signal aborts. Throws AlreadyRunning, UsageInvalid, StartFailed, and what the parts throw.
 */
export async function startHouse(options: UpOptions): Promise<House> {
  const paths = dataPaths(options.dataDir)
  await makeDataDir(paths)
  const stops = new AsyncDisposableStack()
  try {
    stops.use(await claimDataDir(paths))
    await endStrays(paths)
    const house = await start(options, paths, stops)
    options.signal.throwIfAborted()
    return { ...house, stop: () => stops.disposeAsync() }
  } catch (error) {
    await stops.disposeAsync()
    throw error
  }
}

async function start(options: UpOptions, paths: DataPaths, stops: AsyncDisposableStack): Promise<Omit<House, 'stop'>> {
  const { screen, signal, controllers } = options
  const broken = Promise.withResolvers<string>()
  const place = await startPlace(options, paths, stops, broken.resolve)
  await screen.step('applying CRDs, accounts and rights', 'CRDs, accounts and rights applied', async () => {
    await prepareCluster(place.client, controllers, signal)
    if (place.cluster === undefined) return screen.line('  no bus is started: events go to the Kubernetes API only')
    await prepareBus(place.cluster)
    await freeLeases(place.client, controllers, signal)
  })
  const git = await startGit(options, paths, place, stops)
  const inbox = await startInbox(paths)
  stops.defer(() => inbox.stop())
  let isUp = false
  let running: readonly Supervised[] = []
  const state = (): UpState => describe(paths, place, { ...git, inboxUrl: inbox.url }, running)
  const onChange = async (): Promise<void> => {
    if (isUp) await writeState(paths, state())
  }
  running = await startControllers({ options, paths, place, stops, onChange, fail: broken.resolve })

  const appliedAtMs = performance.now()
  if (options.path !== undefined)
    await applySample(place.client, { gitUrl: git.url, inboxUrl: inbox.url, path: options.path }, signal)
  stops.defer(() => rm(paths.state, { force: true }))
  await writeState(paths, state())
  isUp = true
  return { state: state(), client: place.client, appliedAtMs, broken: broken.promise }
}

function startPlace(
  options: UpOptions,
  paths: DataPaths,
  stops: AsyncDisposableStack,
  fail: (why: string) => void,
): Promise<Place> {
  const { screen, kubeconfig } = options
  const work = (): Promise<Place> => openPlace(options, paths, stops, fail)
  return kubeconfig === undefined
    ? screen.step('starting the control plane', 'control plane and bus are up', work)
    : screen.step('connecting to the given cluster', `connected to the cluster of ${kubeconfig}`, work)
}

interface Served {
  /** Address and folder of the repository. */
  readonly url: string
  readonly gitDir: string
}

function startGit(
  options: UpOptions,
  paths: DataPaths,
  { client }: Place,
  stops: AsyncDisposableStack,
): Promise<Served> {
  const onPush = async (): Promise<void> => {
    if (options.path !== undefined) await requestReconcile(client, Date.now())
  }
  const { PATH: searchPath } = options.env
  const git = { signal: options.signal, ...(searchPath === undefined ? {} : { searchPath }) }
  return options.screen.step('serving the repository', 'Git repository is served', async () => {
    const gitDir = await ensureRepository(paths.git, options.repository, git)
    const server = await serveGit({ paths, git, onPush })
    stops.defer(() => server.stop())
    return { url: repositoryUrl(server.url), gitDir }
  })
}

async function startControllers(shared: RunControllersOptions): Promise<readonly Supervised[]> {
  const { controllers, screen } = shared.options
  const names = controllers.map(({ fullName }) => fullName).join(', ')
  if (names === '') return []
  return screen.step(`starting ${names}`, `${names} healthy`, () => runControllers(shared))
}

function describe(
  paths: DataPaths,
  place: Place,
  git: Served & { readonly inboxUrl: string },
  supervised: readonly Supervised[],
): UpState {
  const running = supervised.map(({ current }) => current())
  return {
    pid: process.pid,
    dataDir: paths.root,
    kubeconfig: place.kubeconfig,
    server: place.target.server,
    gitUrl: git.url,
    gitDir: git.gitDir,
    inboxUrl: git.inboxUrl,
    natsUrl: place.cluster?.natsUrl ?? '',
    natsSeedFile: place.cluster?.natsSeedFile(NATS_ADMIN) ?? '',
    pids: Object.fromEntries(running.map(({ name, pid }) => [name, pid])),
    metrics: Object.fromEntries(running.map(({ name, metricsUrl }) => [name, metricsUrl])),
    logsDir: paths.logs,
  }
}
