// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GitRepository, KubeObject, Kustomization, KustomizationSpec } from '@tidelock/api'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import { createLogger } from '@tidelock/runtime'
import type { Faults } from '@tidelock/runtime'
import {
  createNamespace,
  EventReceiver,
  eventually,
  hasFailedNow,
  HostedController,
  installCrds,
  isReadyNow,
  testCluster,
  untilSettled,
} from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'
import { runKustomizeController } from '../src/index.ts'
import type { Overrides } from '../src/run.ts'
import { ArtifactSource } from './artifact-source.ts'
import type { Files } from './artifact-source.ts'

export { conditionsOf } from '@tidelock/testkit'

/** How a scene begins. */
export interface SceneOptions {
  /** Further flags of the controller. */
  readonly flags?: readonly string[]
  /** Whether the controller is started at once. Default true. */
  readonly controller?: boolean
  /** Another control plane than the shared one. */
  readonly cluster?: TestCluster
  /** Default: a new one with a random name. */
  readonly namespace?: string
  /** Further environment of the controller. */
  readonly env?: Readonly<Record<string, string>>
  /** Where the controller finds clouds. */
  readonly clouds?: Overrides['clouds']
  /** All namespaces; own objects are then told by a label, which `create` sets. Default false. */
  readonly allNamespaces?: boolean
}

/** Spec of a Kustomization over what the harness fills in: interval, prune, source and target namespace. Undefined is none. */
export type SceneSpec = { readonly [K in keyof KustomizationSpec]?: KustomizationSpec[K] | undefined }

const cacheDir =
  process.env['TIDELOCK_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tidelock')
const sceneLabel = 'tidelock.dev/scene'

/** One namespace on the shared control plane, artifacts without a source controller, and the controller in this process. */
export class Scene implements AsyncDisposable {
  readonly cluster: TestCluster
  readonly client: KubeClient
  readonly namespace: string
  readonly source: ArtifactSource
  readonly receiver: EventReceiver
  /** Holds artifacts, cache and spool. */
  readonly directory: string
  readonly #options: SceneOptions
  readonly #controller: HostedController = new HostedController()

  private constructor(parts: {
    cluster: TestCluster
    namespace: string
    source: ArtifactSource
    receiver: EventReceiver
    directory: string
    options: SceneOptions
  }) {
    this.cluster = parts.cluster
    this.client = parts.cluster.client
    this.namespace = parts.namespace
    this.source = parts.source
    this.receiver = parts.receiver
    this.directory = parts.directory
    this.#options = parts.options
  }

  static async open(options: SceneOptions = {}): Promise<Scene> {
    const cluster = options.cluster ?? (await testCluster())
    await installCrds(cluster.client)
    const { namespace } = options
    if (namespace !== undefined)
      await cluster.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const directory = await mkdtemp(join(tmpdir(), 'kustomize-'))
    const scene = new Scene({
      cluster,
      namespace: namespace ?? (await createNamespace(cluster.client, 'kustomize')),
      source: await ArtifactSource.start(join(directory, 'artifacts')),
      receiver: await EventReceiver.start(),
      directory,
      options,
    })
    if (options.controller !== false) scene.startController()
    return scene
  }

  /** The command line of the controller. */
  argv(): string[] {
    const { flags = [], allNamespaces = false } = this.#options
    return [
      `--kubeconfig=${this.cluster.kubeconfigPath}`,
      ...(allNamespaces
        ? [`--watch-label-selector=${sceneLabel}=${this.namespace}`]
        : ['--watch-all-namespaces=false']),
      '--metrics-addr=0',
      '--health-addr=0',
      `--events-addr=${this.receiver.url}`,
      `--spool-dir=${join(this.directory, 'spool')}`,
      `--cache-dir=${join(this.directory, 'cache')}`,
      `--engine-cache-dir=${cacheDir}`,
      '--min-retry-delay=100ms',
      '--max-retry-delay=1s',
      ...flags,
    ]
  }

  /** What is to be in the environment of the controller. */
  get env(): Record<string, string> {
    return { RUNTIME_NAMESPACE: this.namespace, ...this.#options.env }
  }

  /** Lines of the controller's log. */
  get log(): string[] {
    return this.#controller.lines
  }

  startController({ faults, flags = [] }: { faults?: Faults; flags?: readonly string[] } = {}): void {
    const { clouds } = this.#options
    const overrides = { ...(clouds !== undefined && { clouds }), ...(faults !== undefined && { faults }) }
    const argv = [...this.argv(), ...flags]
    this.#controller.start((signal, stream) => {
      const log = createLogger({ level: 'debug', encoding: 'json' }, stream)
      return runKustomizeController(argv, this.env, signal, { ...overrides, log })
    })
  }

  async stopController(): Promise<void> {
    await this.#controller.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopController()
    await this.source[Symbol.asyncDispose]()
    await this.receiver[Symbol.asyncDispose]()
    await rm(this.directory, { recursive: true, force: true })
  }

  /** Makes the files the artifact of the GitRepository, which is created when missing. Returns the revision. */
  async publish(
    files: Files,
    {
      source = 'app',
      revision,
      url = 'https://example.com/app.git',
    }: { source?: string; revision?: string; url?: string } = {},
  ): Promise<string> {
    const artifact = await this.source.write(this.namespace, source, files, revision)
    const ref = this.sourceRef(source)
    if ((await this.client.find(ref)) === undefined) {
      const { apiVersion, kind } = ref
      const metadata = { name: source, namespace: this.namespace }
      await this.client.create({ apiVersion, kind, metadata, spec: { interval: '1h', url } })
    }
    const body = { status: { artifact, observedGeneration: 1 } }
    await this.client.patch<GitRepository>(ref, { type: 'merge', subresource: 'status', body })
    return artifact.revision
  }

  sourceRef(name = 'app'): ObjectRef {
    return { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', namespace: this.namespace, name }
  }

  ref(name: string): ObjectRef {
    return { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace: this.namespace, name }
  }

  /** A reference to an object in the namespace of the scene. */
  object(kind: string, name: string, apiVersion = 'v1'): ObjectRef {
    return { apiVersion, kind, namespace: this.namespace, name }
  }

  /** Creates a Kustomization of the source `app` that prunes, targets the namespace of the scene and runs hourly. */
  create(
    name: string,
    spec: SceneSpec = {},
    annotations: Readonly<Record<string, string>> = {},
  ): Promise<Kustomization> {
    const { apiVersion, kind } = this.ref(name)
    const labels = { [sceneLabel]: this.namespace }
    return this.client.create<Kustomization>({
      apiVersion,
      kind,
      metadata: { name, namespace: this.namespace, annotations, labels },
      spec: {
        interval: '1h',
        retryInterval: '1h',
        prune: true,
        sourceRef: { kind: 'GitRepository', name: 'app' },
        targetNamespace: this.namespace,
        ...spec,
      },
    })
  }

  /** Publishes the files as a source of that name and creates a Kustomization for them. Returns the revision. */
  async deploy(name: string, files: Files, spec: SceneSpec = {}): Promise<string> {
    const revision = await this.publish(files, { source: name })
    await this.create(name, { sourceRef: { kind: 'GitRepository', name }, ...spec })
    return revision
  }

  get(name: string): Promise<Kustomization> {
    return this.client.get<Kustomization>(this.ref(name))
  }

  patch(name: string, body: object): Promise<Kustomization> {
    return this.client.patch<Kustomization>(this.ref(name), { type: 'merge', body })
  }

  delete(name: string): Promise<void> {
    return this.client.delete(this.ref(name))
  }

  /** Asks for a run by annotation, as `flux reconcile` does, and waits until it is handled. */
  async reconcile(name: string, token: string = String(performance.now())): Promise<Kustomization> {
    await this.request(name, token)
    return this.until(name, ({ status }) => status?.lastHandledReconcileAt === token)
  }

  /** Asks for a run and does not wait for its end. */
  reconcileNow(name: string): Promise<void> {
    return this.request(name, String(performance.now()))
  }

  async request(name: string, token: string): Promise<void> {
    await this.patch(name, { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': token } } })
  }

  /** Waits for the object to be as wanted, with conditions that keep kstatus' rules: not in the middle of a further run. */
  until(name: string, isWanted: (obj: Kustomization) => boolean, timeoutMs?: number): Promise<Kustomization> {
    return untilSettled(() => this.get(name), isWanted, timeoutMs)
  }

  /** Waits for Ready=True at the newest generation, and at the revision if one is given. */
  untilReady(name: string, revision?: string, timeoutMs?: number): Promise<Kustomization> {
    const isAt = ({ status }: Kustomization): boolean =>
      revision === undefined || status?.lastAppliedRevision === revision
    return this.until(name, (obj) => isReadyNow(obj) && isAt(obj), timeoutMs)
  }

  /** Waits for Ready=False with the reason, for the newest generation, and with the words if any are given. */
  untilFailed(name: string, reason: string, words?: RegExp, timeoutMs?: number): Promise<Kustomization> {
    return this.until(name, (obj) => hasFailedNow(obj, reason, words), timeoutMs)
  }

  /** Waits until the object is gone. */
  untilGone(ref: ObjectRef, timeoutMs = 120_000): Promise<void> {
    return eventually(
      async () => {
        const found = await this.client.find(ref)
        if (found !== undefined) throw new Error(`still there: ${JSON.stringify(found)}`)
      },
      { timeoutMs },
    )
  }

  /** Waits until the object is there and, if a test is given, as wanted. */
  untilLive<T extends KubeObject>(ref: ObjectRef, isWanted: (obj: T) => boolean = () => true): Promise<T> {
    return eventually(async () => {
      const found = await this.client.get<T>(ref)
      if (!isWanted(found)) throw new Error(`not as wanted: ${JSON.stringify(found)}`)
      return found
    })
  }

  /** Waits for an event about the Kustomization with the reason (empty: any) and words; returns all that came about it so far. */
  untilEvent(name: string, reason: string, words: RegExp = /(?:)/): Promise<ReturnType<EventReceiver['of']>> {
    return eventually(() => {
      const events = this.receiver.of(name)
      if (events.some((event) => (reason === '' || event.reason === reason) && words.test(event.message))) return events
      throw new Error(`no ${reason} ${words} among ${JSON.stringify(events, null, 1)}`)
    })
  }
}

/** A manifest as text. JSON is YAML too. */
export function manifest(object: object): string {
  return JSON.stringify(object)
}

/** A ConfigMap as text. */
export function configMap(
  name: string,
  data: Readonly<Record<string, string>> = { key: 'value' },
  metadata = {},
): string {
  return manifest({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data })
}

/** A Deployment as text, whose pods behave as the annotation of the local cluster says; absent: they become ready. */
export function deployment(name: string, behaviour?: string): string {
  const labels = { app: name }
  const annotations = behaviour === undefined ? {} : { 'kwok.tidelock.dev/behaviour': behaviour }
  return manifest({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations },
        spec: { containers: [{ name: 'app', image: 'example.com/app:1.0.0' }] },
      },
    },
  })
}
