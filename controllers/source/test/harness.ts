// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gitRepositoryKind } from '@tidelock/api'
import type { Artifact, GitRepository, GitRepositorySpec } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { findFreePort } from '@tidelock/local-cluster'
import type { GitServerOptions } from '@tidelock/local-cluster'
import { createLogger } from '@tidelock/runtime'
import {
  EventReceiver,
  HostedController,
  createNamespace,
  hasFailedNow,
  installCrds,
  isReadyNow,
  listEvents,
  testCluster,
  untilEvent,
  untilSeen,
  untilSettled,
} from '@tidelock/testkit'
import type { SeenEvent, TestCluster } from '@tidelock/testkit'
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

export { conditionsOf } from '@tidelock/testkit'
export type { SeenEvent } from '@tidelock/testkit'

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
  readonly #port: number
  readonly #flags: readonly string[]
  readonly #controller: HostedController = new HostedController()

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

  /** Lines of the controller's log. */
  get log(): string[] {
    return this.#controller.lines
  }

  startController({ flags = [], env, faults, clouds }: ControllerOptions = {}): void {
    const overrides = { ...(faults !== undefined && { faults }), ...(clouds !== undefined && { clouds }) }
    const argv = [...this.argv(), ...flags]
    this.#controller.start((signal, stream) => {
      const log = createLogger({ level: 'trace', encoding: 'json' }, stream)
      return runSourceController(argv, { ...this.env, ...env }, signal, { ...overrides, log })
    })
  }

  async stopController(): Promise<void> {
    await this.#controller.stop()
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
  untilSeen(name: string, isWanted: (obj: GitRepository) => boolean, timeoutMs?: number): Promise<GitRepository> {
    return untilSeen(() => this.get(name), isWanted, timeoutMs)
  }

  /** Waits for the object to be as wanted, with conditions that keep kstatus' rules: not in the middle of a further run. */
  until(name: string, isWanted: (obj: GitRepository) => boolean, timeoutMs?: number): Promise<GitRepository> {
    return untilSettled(() => this.get(name), isWanted, timeoutMs)
  }

  /** Waits for Ready=True, at the revision if one is given, for the newest generation. */
  untilReady(name: string, revision?: string, timeoutMs?: number): Promise<GitRepository> {
    const isAt = ({ status }: GitRepository): boolean =>
      revision === undefined || status?.artifact?.revision === revision
    return this.until(name, (obj) => isReadyNow(obj) && isAt(obj), timeoutMs)
  }

  /** Waits for Ready=False with the reason, for the newest generation. */
  untilFailed(name: string, reason: string, timeoutMs?: number): Promise<GitRepository> {
    return this.until(name, (obj) => hasFailedNow(obj, reason), timeoutMs)
  }

  /** Kubernetes Events about an object, oldest first. */
  events(name: string): Promise<SeenEvent[]> {
    return listEvents(this.client, { namespace: this.namespace, name })
  }

  /** Waits for a Kubernetes Event with the reason and answers the last one. */
  untilEvent(name: string, reason: string): Promise<SeenEvent> {
    return untilEvent(this.client, { namespace: this.namespace, name, reason })
  }
}

/** The artifact of an object that has one. */
export function artifactOf({ status }: GitRepository): Artifact {
  if (status?.artifact === undefined) throw new Error('there is no artifact')
  return status.artifact
}
