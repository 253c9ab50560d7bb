// SPDX-License-Identifier: Apache-2.0
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errorMessage } from '@tidelock/errors'
import { type AdminClient, createAdminClient } from './admin-client.ts'
import { componentArguments } from './arguments.ts'
import { type Child, startChild } from './child.ts'
import { readAdminCredentials, writeKubeconfigs } from './credentials.ts'
import { LocalClusterError } from './errors.ts'
import { replaceFile } from './files.ts'
import { type Layout, logFile } from './layout.ts'
import type { Lock } from './lock.ts'
import { natsConfig, natsSeedFile, type NatsAccount } from './nats.ts'
import { findFreePort, isPortFree } from './ports.ts'
import {
  etcdSocket,
  hasDefaultServiceAccount,
  isApiServerReady,
  isEtcdServing,
  isNodeReady,
  isPortServing,
  PortTakenError,
  registerNode,
  waitUntilServing,
} from './readiness.ts'
import { type ClusterState, writeState } from './state.ts'
import { type Binaries, type ComponentName, COMPONENTS, type LocalCluster, type LocalClusterOptions } from './types.ts'

const DEFAULT_START_TIMEOUT_MS = 60_000
const PORT_ATTEMPTS = 5
const REVIVE_AFTER_MS = 500
/**
 * After SIGTERM the API server would wait up to a minute for its watches to end, and etcd seconds for its connections.
 * Neither loses anything when killed, so they get a moment and no more.
 */
const GRACE_MS: Readonly<Record<ComponentName, number>> = {
  etcd: 1000,
  'nats-server': 10_000,
  'kube-apiserver': 500,
  'kube-controller-manager': 5000,
  'kube-scheduler': 5000,
  kwok: 5000,
}
/** Clients of the API server: some of them end when it is away too long, and in a real cluster the kubelet restarts them. */
const REVIVED: ReadonlySet<ComponentName> = new Set(['kube-controller-manager', 'kube-scheduler', 'kwok'])

/** What a cluster is made of, all written and ready to start. */
export interface ClusterParts {
  readonly options: LocalClusterOptions
  readonly layout: Layout
  readonly binaries: Binaries
  readonly accounts: readonly NatsAccount[]
  readonly state: ClusterState
  readonly lock: Lock
}

/** The processes of one cluster and what is done to them. */
export class RunningCluster implements LocalCluster {
  readonly #parts: ClusterParts
  // Children by name; an ended one stays until it is started again.
  readonly #children = new Map<ComponentName, Child>()
  // Ports as they are now: written to disk before a process is started on them.
  #state: ClusterState
  readonly #starting = new Map<ComponentName, Promise<void>>()
  #stopping: Promise<void> | undefined
  // Aborted by `stop`, so that nothing is revived behind its back.
  readonly #ending = new AbortController()
  #isUp = false

  constructor(parts: ClusterParts) {
    this.#parts = parts
    this.#state = parts.state
  }

  get dataDir(): string {
    return this.#parts.layout.dataDir
  }

  get logsDir(): string {
    return this.#parts.layout.logsDir
  }

  get kubeconfigPath(): string {
    return this.#parts.layout.kubeconfigPath
  }

  get caFile(): string {
    return join(this.#parts.layout.pkiDir, 'ca.crt')
  }

  get server(): string {
    return `https://127.0.0.1:${this.#state.apiServerPort}`
  }

  get natsUrl(): string {
    return this.#has('nats-server') ? `nats://127.0.0.1:${this.#state.natsPort}` : ''
  }

  get pids(): Partial<Record<ComponentName, number>> {
    const pids: Partial<Record<ComponentName, number>> = {}
    for (const [name, child] of this.#children) if (child.outcome() === undefined) pids[name] = child.pid
    return pids
  }

  // An own property, so that callers may pass it on by itself.
  readonly natsSeedFile = (user: string): string => {
    if (!this.#parts.accounts.some(({ name }) => name === user)) {
      throw new LocalClusterError('UnknownUser', `NATS user ${user} does not exist: name it in natsUsers`)
    }
    return natsSeedFile(this.#parts.layout, user)
  }

  /** Starts everything; what was started is ended again when a part fails. */
  async startAll(signal: AbortSignal | undefined): Promise<void> {
    try {
      await Promise.all([this.#startControlPlane(signal), this.#startIfChosen('nats-server', signal)])
      await this.#waitUntilUsable(signal)
      this.#isUp = true
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  stop(): Promise<void> {
    this.#ending.abort()
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  async start(component: ComponentName): Promise<void> {
    this.#requireComponent(component)
    await this.#start(component, undefined)
  }

  async restart(component: ComponentName): Promise<void> {
    this.#requireComponent(component)
    await this.#children.get(component)?.stop()
    await this.#start(component, undefined)
  }

  kill(component: ComponentName, signal: NodeJS.Signals = 'SIGKILL'): void {
    this.#requireComponent(component)
    const child = this.#children.get(component)
    if (child === undefined || child.outcome() !== undefined) {
      throw new LocalClusterError('NotRunning', `${component} does not run: start it first`)
    }
    child.kill(signal)
  }

  async exited(component: ComponentName): Promise<void> {
    this.#requireComponent(component)
    await this.#children.get(component)?.ended
  }

  async #startControlPlane(signal: AbortSignal | undefined): Promise<void> {
    await this.#start('etcd', signal)
    await this.#start('kube-apiserver', signal)
    await Promise.all([
      this.#startIfChosen('kube-controller-manager', signal),
      this.#startIfChosen('kube-scheduler', signal),
      this.#startIfChosen('kwok', signal),
    ])
  }

  async #startIfChosen(component: ComponentName, signal: AbortSignal | undefined): Promise<void> {
    if (this.#has(component)) await this.#start(component, signal)
  }

  // One start at a time for each component, however many ask.
  #start(component: ComponentName, signal: AbortSignal | undefined): Promise<void> {
    const running = this.#starting.get(component)
    if (running !== undefined) return running
    const start = this.#startNow(component, signal).finally(() => this.#starting.delete(component))
    this.#starting.set(component, start)
    return start
  }

  async #startNow(component: ComponentName, signal: AbortSignal | undefined): Promise<void> {
    if (this.#stopping !== undefined) throw new LocalClusterError('NotRunning', 'the cluster has been stopped')
    if (this.#children.get(component)?.outcome() === undefined && this.#children.has(component)) return
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#prepare(component)
        const child = await this.#spawn(component)
        await this.#waitUntilServing(component, child, signal)
        return
      } catch (error) {
        if (!(error instanceof PortTakenError)) throw error
        if (attempt === PORT_ATTEMPTS) {
          throw new LocalClusterError('StartFailed', `${component}: found no free port in ${PORT_ATTEMPTS} attempts`)
        }
        await this.#changePort(component)
      }
    }
  }

  async #spawn(component: ComponentName): Promise<Child> {
    const { binaries, layout, options } = this.#parts
    const binary = binaries.components[component]
    if (binary === undefined)
      throw new LocalClusterError('UnknownComponent', `${component} is not part of this cluster`)
    const child = await startChild({
      name: component,
      binary,
      args: componentArguments(component, layout, {
        apiServerPort: this.#state.apiServerPort,
        auditLogPath: options.auditLogPath,
        durable: options.durable ?? false,
      }),
      cwd: layout.runDir,
      logFile: logFile(layout, component),
      graceMs: GRACE_MS[component],
      onUnexpectedExit: (how) => {
        options.onUnexpectedExit?.(component, how)
        if (this.#isUp && REVIVED.has(component)) this.#revive(component)
      },
    })
    this.#children.set(component, child)
    // `stop` may have looked at the children while this one was being started.
    if (this.#stopping !== undefined) {
      await child.stop()
      throw new LocalClusterError('NotRunning', 'the cluster has been stopped')
    }
    return child
  }

  #revive(component: ComponentName): void {
    delay(REVIVE_AFTER_MS, undefined, { signal: this.#ending.signal })
      .then(() => this.#start(component, undefined))
      .catch((error: unknown) => {
        if (this.#ending.signal.aborted) return
        this.#parts.options.onUnexpectedExit?.(component, `not revived: ${errorMessage(error)}`)
      })
  }

  // What a component needs to find on disk when it starts.
  async #prepare(component: ComponentName): Promise<void> {
    const { layout, accounts } = this.#parts
    if (component === 'etcd') await rm(etcdSocket(layout), { force: true })
    if (component === 'kube-apiserver' && !(await isPortFree(this.#state.apiServerPort)))
      await this.#changePort(component)
    if (component === 'kube-apiserver') await writeKubeconfigs(layout, this.server)
    if (component === 'nats-server' && !(await isPortFree(this.#state.natsPort))) await this.#changePort(component)
    if (component === 'nats-server') {
      const config = natsConfig(layout, this.#state.natsPort, accounts)
      await replaceFile(join(layout.configDir, 'nats.conf'), config, 0o600)
    }
  }

  async #changePort(component: ComponentName): Promise<void> {
    const port = await findFreePort()
    this.#parts.options.onProgress?.(`${component}: its port is taken by another program, trying ${port}`)
    this.#state =
      component === 'kube-apiserver' ? { ...this.#state, apiServerPort: port } : { ...this.#state, natsPort: port }
    await writeState(this.#parts.layout.stateFile, this.#state)
  }

  async #waitUntilServing(component: ComponentName, child: Child, signal: AbortSignal | undefined): Promise<void> {
    const { layout } = this.#parts
    const wait = (probe: () => Promise<boolean>): Promise<void> =>
      waitUntilServing({ name: component, child }, probe, { timeoutMs: this.#timeoutMs(), signal })
    if (component === 'etcd') return wait(() => isEtcdServing(layout))
    if (component === 'nats-server') return wait(() => isPortServing(this.#state.natsPort))
    if (component !== 'kube-apiserver') return
    using client = await this.#createClient()
    await wait(() => isApiServerReady(client, signal))
  }

  async #waitUntilUsable(signal: AbortSignal | undefined): Promise<void> {
    using client = await this.#createClient()
    const wait = async (name: ComponentName, probe: () => Promise<boolean>): Promise<void> => {
      const child = this.#children.get(name)
      if (child === undefined) return
      await waitUntilServing({ name, child }, probe, { timeoutMs: this.#timeoutMs(), signal })
    }
    if (this.#has('kwok')) await registerNode(client, signal)
    await wait('kube-controller-manager', () => hasDefaultServiceAccount(client, signal))
    await wait('kwok', () => isNodeReady(client, !this.#has('kube-controller-manager'), signal))
  }

  async #createClient(): Promise<AdminClient> {
    return createAdminClient(this.server, await readAdminCredentials(this.#parts.layout))
  }

  // Clients before servers: nobody is left retrying against what is gone.
  async #stopAll(): Promise<void> {
    const stop = (...names: ComponentName[]): Promise<unknown> =>
      Promise.all(names.map(async (name) => this.#children.get(name)?.stop()))
    try {
      await stop('kwok', 'kube-scheduler', 'kube-controller-manager', 'nats-server')
      await stop('kube-apiserver')
      await stop('etcd')
    } finally {
      await this.#parts.lock.release()
    }
  }

  #has(component: ComponentName): boolean {
    return this.#parts.binaries.components[component] !== undefined
  }

  #requireComponent(component: ComponentName): void {
    if (this.#has(component)) return
    const all = COMPONENTS.filter((name) => this.#has(name)).join(', ')
    throw new LocalClusterError('UnknownComponent', `${component} is not part of this cluster, which has ${all}`)
  }

  #timeoutMs(): number {
    return this.#parts.options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS
  }
}
