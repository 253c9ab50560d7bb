// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Alert, AlertSpec, KubeObject, Provider, ProviderSpec, Receiver, ReceiverSpec } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { findFreePort } from '@tidelock/local-cluster'
import { createLogger } from '@tidelock/runtime'
import {
  createNamespace,
  HostedController,
  installCrds,
  testCluster,
  untilEvent,
  untilSettled,
} from '@tidelock/testkit'
import type { SeenEvent, TestCluster } from '@tidelock/testkit'
import { runNotificationController } from '../src/index.ts'

const apiVersions = {
  Alert: 'notification.toolkit.fluxcd.io/v1beta3',
  Provider: 'notification.toolkit.fluxcd.io/v1beta3',
  Receiver: 'notification.toolkit.fluxcd.io/v1',
} as const

/** How a scene begins. */
export interface SceneOptions {
  /** Further flags of the controller. */
  readonly flags?: readonly string[]
  /** Absent: true. */
  readonly controller?: boolean
}

/** One namespace on the shared control plane and the controller in this process, which sees that namespace alone. */
export class Scene implements AsyncDisposable {
  readonly cluster: TestCluster
  readonly client: KubeClient
  readonly namespace: string
  readonly directory: string
  readonly #ports: { readonly events: number; readonly webhooks: number }
  readonly #flags: readonly string[]
  readonly #controller: HostedController = new HostedController()

  private constructor(parts: {
    cluster: TestCluster
    namespace: string
    directory: string
    ports: { readonly events: number; readonly webhooks: number }
    flags: readonly string[]
  }) {
    this.cluster = parts.cluster
    this.client = parts.cluster.client
    this.namespace = parts.namespace
    this.directory = parts.directory
    this.#ports = parts.ports
    this.#flags = parts.flags
  }

  static async open(options: SceneOptions = {}): Promise<Scene> {
    const cluster = await testCluster()
    await installCrds(cluster.client)
    const [events, webhooks] = await Promise.all([findFreePort(), findFreePort()])
    const scene = new Scene({
      cluster,
      namespace: await createNamespace(cluster.client, 'notify'),
      directory: await mkdtemp(join(tmpdir(), 'notify-')),
      ports: { events, webhooks },
      flags: options.flags ?? [],
    })
    if (options.controller !== false) scene.startController()
    return scene
  }

  /** Where events are taken. */
  get eventsUrl(): string {
    return `http://127.0.0.1:${this.#ports.events}/`
  }

  /** Where webhooks are taken, without a path. */
  get webhooksUrl(): string {
    return `http://127.0.0.1:${this.#ports.webhooks}`
  }

  /** The command line of the controller. */
  argv(): string[] {
    return [
      `--kubeconfig=${this.cluster.kubeconfigPath}`,
      '--watch-all-namespaces=false',
      '--metrics-addr=0',
      '--health-addr=0',
      `--events-addr=127.0.0.1:${this.#ports.events}`,
      `--receiverAddr=127.0.0.1:${this.#ports.webhooks}`,
      `--spool-dir=${join(this.directory, 'spool')}`,
      '--min-retry-delay=100ms',
      '--max-retry-delay=1s',
      ...this.#flags,
    ]
  }

  /** Lines of the controller's log. */
  get log(): string[] {
    return this.#controller.lines
  }

  startController(): void {
    const env = { RUNTIME_NAMESPACE: this.namespace }
    this.#controller.start((signal, stream) => {
      const log = createLogger({ level: 'trace', encoding: 'json' }, stream)
      return runNotificationController(this.argv(), env, signal, { log })
    })
  }

  async stopController(): Promise<void> {
    await this.#controller.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopController()
    await rm(this.directory, { recursive: true, force: true })
  }

  ref(
    kind: keyof typeof apiVersions,
    name: string,
  ): { apiVersion: string; kind: string; namespace: string; name: string } {
    return { apiVersion: apiVersions[kind], kind, namespace: this.namespace, name }
  }

  async alert(name: string, spec: AlertSpec, annotations: Readonly<Record<string, string>> = {}): Promise<Alert> {
    const metadata = { name, namespace: this.namespace, annotations }
    return this.client.create<Alert>({ apiVersion: apiVersions.Alert, kind: 'Alert', metadata, spec })
  }

  async provider(name: string, spec: ProviderSpec): Promise<Provider> {
    const metadata = { name, namespace: this.namespace }
    return this.client.create<Provider>({ apiVersion: apiVersions.Provider, kind: 'Provider', metadata, spec })
  }

  async receiver(name: string, spec: ReceiverSpec): Promise<Receiver> {
    const metadata = { name, namespace: this.namespace }
    return this.client.create<Receiver>({ apiVersion: apiVersions.Receiver, kind: 'Receiver', metadata, spec })
  }

  async secret(name: string, stringData: Readonly<Record<string, string>>, labels = {}): Promise<KubeObject> {
    const metadata = { name, namespace: this.namespace, labels }
    return this.client.apply(
      { apiVersion: 'v1', kind: 'Secret', metadata, stringData },
      { fieldManager: 'test', force: true },
    )
  }

  /** A GitRepository, which nothing reconciles here. */
  async gitRepository(name: string, labels: Readonly<Record<string, string>> = {}): Promise<KubeObject> {
    return this.client.create({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name, namespace: this.namespace, labels },
      spec: { url: 'https://example.com/fleet.git', interval: '1h' },
    })
  }

  /** The annotation by which a reconciliation was asked for. */
  async requestedAt(name: string): Promise<string | undefined> {
    const ref = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', namespace: this.namespace, name }
    return (await this.client.get(ref)).metadata.annotations?.['reconcile.fluxcd.io/requestedAt']
  }

  /** Waits for the Receiver to be as wanted; its conditions then keep kstatus' rules. */
  untilReceiver(name: string, isWanted: (obj: Receiver) => boolean): Promise<Receiver> {
    return untilSettled(() => this.client.get<Receiver>(this.ref('Receiver', name)), isWanted)
  }

  /** Posts to the webhook server. */
  async post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.webhooksUrl}${path}`, { method: 'POST', body, headers })
  }

  /** Waits for a Kubernetes Event about an object with the reason and answers the last one. */
  untilEvent(name: string, reason: string): Promise<SeenEvent> {
    return untilEvent(this.client, { namespace: this.namespace, name, reason })
  }
}
