// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gitRepositoryKind, getCondition } from '@tidelock/api'
import type { Artifact, GitRepository, GitRepositorySpec } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { findFreePort } from '@tidelock/local-cluster'
import type { GitServerOptions } from '@tidelock/local-cluster'
import { createLogger } from '@tidelock/runtime'
import {
  EventReceiver,
  checkConditions,
  createNamespace,
  eventually,
  installCrds,
  testCluster,
} from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'
import { runSourceController } from '../src/index.ts'
import type { Overrides } from '../src/run.ts'
import { GitUpstream } from './git-upstream.ts'

/** How a scene begins. */
export interface SceneOptions {
  readonly git?: Partial<GitServerOptions>
  /** Further flags of the controller. */
  readonly flags?: readonly string[]
  /** Absent: true. */
  readonly controller?: boolean
}

/** How the controller is run. */
export interface ControllerOptions extends Pick<Overrides, 'faults' | 'clouds'> {
  /** Further flags. */
  readonly flags?: readonly string[]
  /** More for its environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** A Kubernetes Event, as far as tests look. */
export interface SeenEvent {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly count: number
  readonly annotations: Readonly<Record<string, string>>
}

/** One namespace on the shared control plane, a Git server, a receiver of events, and the controller in this process. */
export class Scene implements AsyncDisposable {
  readonly cluster: TestCluster
  readonly client: KubeClient
  readonly namespace: string
  readonly git: GitUpstream
  readonly receiver: EventReceiver
  /** Holds the storage and the spool. */
  readonly directory: string
  readonly storagePath: string
  /** Lines of the controller's log. */
  readonly log: string[] = []
  readonly #port: number
  readonly #flags: readonly string[]
  #running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined

  private constructor(parts: {
    cluster: TestCluster
    namespace: string
    git: GitUpstream
    receiver: EventReceiver
    directory: string
    port: number
    flags: readonly string[]
  }) {
    this.cluster = parts.cluster
    this.client = parts.cluster.client
    this.namespace = parts.namespace
    this.git = parts.git
    this.receiver = parts.receiver
    this.directory = parts.directory
    this.storagePath = join(parts.directory, 'storage')
    this.#port = parts.port
    this.#flags = parts.flags
  }

  static async open(options: SceneOptions = {}): Promise<Scene> {
    const cluster = await testCluster()
    await installCrds(cluster.client)
    const directory = await mkdtemp(join(tmpdir(), 'source-'))
    const root = join(directory, 'git')
    for (const path of [root, join(directory, 'storage')]) await mkdir(path)
    const scene = new Scene({
      cluster,
      namespace: await createNamespace(cluster.client, 'source'),
      git: await GitUpstream.start({ root, ...options.git }),
      receiver: await EventReceiver.start(),
      directory,
      port: await findFreePort(),
      flags: options.flags ?? [],
    })
    if (options.controller !== false) scene.startController()
    return scene
  }

  /** Where artifacts are served. */
  get storageAddress(): string {
    return `127.0.0.1:${this.#port}`
  }

  /** The command line of the controller. */
  argv(): string[] {
    const address = this.storageAddress
    return [
      `--kubeconfig=${this.cluster.kubeconfigPath}`,
      '--watch-all-namespaces=false',
      '--metrics-addr=0',
      '--health-addr=0',
      `--storage-path=${this.storagePath}`,
      `--storage-addr=${address}`,
      `--storage-adv-addr=${address}`,
      `--events-addr=${this.receiver.url}`,
      `--spool-dir=${join(this.directory, 'spool')}`,
      '--min-retry-delay=100ms',
      '--max-retry-delay=1s',
      ...this.#flags,
    ]
  }

  /** What is to be in the environment of the controller. */
  get env(): Record<string, string> {
    return { RUNTIME_NAMESPACE: this.namespace }
  }

  startController(options: ControllerOptions = {}): void {
    const stop = new AbortController()
    const stream = { write: (line: string): void => void this.log.push(line) }
    const overrides = {
      log: createLogger({ level: 'trace', encoding: 'json' }, stream),
      ...(options.faults === undefined ? {} : { faults: options.faults }),
      ...(options.clouds === undefined ? {} : { clouds: options.clouds }),
    }
    const argv = [...this.argv(), ...(options.flags ?? [])]
    const ended = runSourceController(argv, { ...this.env, ...options.env }, stop.signal, overrides)
    // told by stopController
    ended.catch(() => undefined)
    this.#running = { stop, ended }
  }

  async stopController(): Promise<void> {
    this.#running?.stop.abort()
    await this.#running?.ended
    this.#running = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopController()
    await this.git[Symbol.asyncDispose]()
    await this.receiver[Symbol.asyncDispose]()
    await rm(this.directory, { recursive: true, force: true })
  }

  /** Creates a GitRepository; it looks once an hour unless the spec says otherwise. */
  async create(
    name: string,
    spec: Partial<GitRepositorySpec> & { url: string },
    annotations: Readonly<Record<string, string>> = {},
  ): Promise<GitRepository> {
    return this.client.create<GitRepository>({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: gitRepositoryKind.kind,
      metadata: { name, namespace: this.namespace, annotations },
      spec: { interval: '1h', ref: { branch: 'main' }, ...spec },
    })
  }

  ref(name: string): { apiVersion: string; kind: string; namespace: string; name: string } {
    return { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', namespace: this.namespace, name }
  }

  get(name: string): Promise<GitRepository> {
    return this.client.get<GitRepository>(this.ref(name))
  }

  patch(name: string, body: object): Promise<GitRepository> {
    return this.client.patch<GitRepository>(this.ref(name), { type: 'merge', body })
  }

  /** Asks for a run by annotation, as `flux reconcile` does, and waits until it is handled. */
  async reconcile(name: string, token: string = String(performance.now())): Promise<GitRepository> {
    await this.request(name, token)
    return this.until(name, ({ status }) => status?.lastHandledReconcileAt === token)
  }

  async request(name: string, token: string): Promise<void> {
    await this.patch(name, { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': token } } })
  }

  /** Waits for the object to be as wanted, in the middle of a run. */
  untilSeen(name: string, isWanted: (obj: GitRepository) => boolean, timeoutMs = 120_000): Promise<GitRepository> {
    const check = async (): Promise<GitRepository> => {
      const obj = await this.get(name)
      if (isWanted(obj)) return obj
      const problems = checkConditions(obj)
      throw new Error(`${['not as wanted', ...problems].join('; ')}: ${JSON.stringify(obj.status, null, 1)}`)
    }
    return eventually(check, { timeoutMs })
  }

  /** Waits for the object to be as wanted, with conditions that keep kstatus' rules: not in the middle of a further run. */
  async until(name: string, isWanted: (obj: GitRepository) => boolean, timeoutMs = 120_000): Promise<GitRepository> {
    return this.untilSeen(name, (obj) => isWanted(obj) && checkConditions(obj).length === 0, timeoutMs)
  }

  /** Waits for Ready=True, at the revision if one is given, for the newest generation. */
  untilReady(name: string, revision?: string, timeoutMs?: number): Promise<GitRepository> {
    const isReadyNow = (obj: GitRepository): boolean => {
      const { status, metadata } = obj
      const isReady =
        getCondition(obj, 'Ready')?.status === 'True' && status?.observedGeneration === metadata.generation
      return isReady && (revision === undefined || status?.artifact?.revision === revision)
    }
    return this.until(name, isReadyNow, timeoutMs)
  }

  /** Waits for Ready=False with the reason, for the newest generation. */
  untilFailed(name: string, reason: string, timeoutMs?: number): Promise<GitRepository> {
    const isFailedNow = (obj: GitRepository): boolean => {
      const ready = getCondition(obj, 'Ready')
      const isNow = ready?.observedGeneration === obj.metadata.generation
      return isNow && ready?.status === 'False' && ready.reason === reason
    }
    return this.until(name, isFailedNow, timeoutMs)
  }

  /** Kubernetes Events about an object, oldest first. */
  async events(name: string): Promise<SeenEvent[]> {
    const kind = { group: '', version: 'v1', kind: 'Event', plural: 'events', namespaced: true }
    const { items } = await this.client.list(kind, {
      namespace: this.namespace,
      fieldSelector: `involvedObject.name=${name}`,
    })
    return items
      .sort((one, two) => Number(one.metadata.resourceVersion) - Number(two.metadata.resourceVersion))
      .map(({ type, reason, message, count, metadata }) => ({
        ...({ type, reason, message, count } as Omit<SeenEvent, 'annotations'>),
        annotations: metadata.annotations ?? {},
      }))
  }

  /** Waits for a Kubernetes Event with the reason and answers the last one. */
  untilEvent(name: string, reason: string): Promise<SeenEvent> {
    return eventually(async () => {
      const events = await this.events(name)
      const found = events.findLast((event) => event.reason === reason)
      if (found === undefined) throw new Error(`no ${reason} among ${JSON.stringify(events)}`)
      return found
    })
  }
}

/** The artifact of an object that has one. */
export function artifactOf({ status }: GitRepository): Artifact {
  if (status?.artifact === undefined) throw new Error('there is no artifact')
  return status.artifact
}

/** Status, reason and message of each condition by type. */
export function conditionsOf({ status }: GitRepository): Record<string, [string, string, string]> {
  const conditions = status?.conditions ?? []
  return Object.fromEntries(conditions.map(({ type, status: is, reason, message }) => [type, [is, reason, message]]))
}
