// SPDX-License-Identifier: Apache-2.0
import type { ApiObject, Kind, KubeObject } from '@tidelock/api'
import { Publisher } from '@tidelock/bus'
import { LeaderElector } from '@tidelock/kube'
import type { Informer } from '@tidelock/kube'
import { RestCollector } from './collect-at-rest.ts'
import { Controller } from './controller.ts'
import type { ControllerHandle, ControllerSpec } from './controller-spec.ts'
import { RuntimeError } from './errors.ts'
import { HealthChecks } from './health-checks.ts'
import type { HealthCheck } from './health-checks.ts'
import { serveHttp } from './http-server.ts'
import type { RunningServer } from './http-server.ts'
import { InformerPool } from './informer-pool.ts'
import type { SharedInformerOptions } from './informer-pool.ts'
import { createKubernetesSink } from './kubernetes-sink.ts'
import { leaseName } from './lease-name.ts'
import { parseListenAddress } from './listen-address.ts'
import type { Logger } from './logger.ts'
import type { ManagerConfig, Runnable, RunnableOptions } from './manager-types.ts'
import { metricsListener } from './metrics-endpoint.ts'
import type { RuntimeMetrics } from './metrics.ts'
import type { CommonOptions } from './options.ts'
import { TaskGroup } from './task-group.ts'

interface NamedRunnable {
  readonly name: string
  readonly run: Runnable
  readonly needsLeader: boolean
}

/**
 * One controller process: probes, metrics, shared informers, the publisher of events, leader election, and the
 * controllers and servers that need it. Informers run before leadership, so that a new leader can begin at once.
 */
export class Manager {
  readonly options: CommonOptions
  readonly log: Logger
  readonly metrics: RuntimeMetrics
  readonly #config: ManagerConfig
  readonly #informers: InformerPool
  readonly #publisher: Publisher
  readonly #health: HealthChecks
  readonly #rest: RestCollector
  readonly #controllers: Controller<never>[] = []
  readonly #runnables: NamedRunnable[] = []
  readonly #elected: (() => void | Promise<void>)[] = []
  readonly #addresses = new Map<string, string>()
  #leads = false

  constructor(config: ManagerConfig) {
    const { options, log, metrics, client, clock, spool, random, routineRequests: slots } = config
    this.#config = config
    this.options = options
    this.log = log
    this.metrics = metrics
    this.#informers = new InformerPool(config)
    this.#health = new HealthChecks(log)
    this.#rest = new RestCollector(clock)
    this.#publisher = new Publisher({
      spool,
      sinks: [
        createKubernetesSink({ client: slots === undefined ? client : client.within(slots), clock }),
        ...config.sinks,
      ],
      clock,
      random,
      log,
      onResult: (sink, result) => metrics.delivery(sink, result),
    })
    metrics.spool(() => spool.stats())
  }

  /** Whether this instance reconciles. */
  get isLeader(): boolean {
    return this.#leads
  }

  /** Where `metrics` and `health` really listen, once `run` has started them; undefined when turned off. */
  address(server: 'metrics' | 'health'): string | undefined {
    return this.#addresses.get(server)
  }

  /** The shared informer of a kind, see `SharedInformerOptions`. It starts with the manager. */
  informer<T extends KubeObject>(kind: Kind, options?: SharedInformerOptions<T>): Informer<T> {
    return this.#informers.get(kind, options)
  }

  /** The informer of an own kind: by `--watch-label-selector`, the one that `addController` uses. */
  ownInformer<T extends ApiObject>(kind: Kind): Informer<T> {
    const { watchLabelSelector } = this.options
    return this.informer<T>(kind, watchLabelSelector === '' ? {} : { labelSelector: watchLabelSelector })
  }

  /** Adds a controller; call it before `run`. */
  addController<T extends ApiObject>(spec: ControllerSpec<T>): ControllerHandle {
    const informer = this.ownInformer<T>(spec.kind)
    const controller = new Controller<T>({
      spec,
      informer,
      publisher: this.#publisher,
      config: this.#config,
      rest: this.#rest,
    })
    this.#controllers.push(controller as unknown as Controller<never>)
    return controller
  }

  /** Adds something that runs beside the controllers. It ending early is fine, it failing ends the process. */
  addRunnable(name: string, run: Runnable, options: RunnableOptions = {}): void {
    this.#runnables.push({ name, run, needsLeader: options.needsLeader ?? false })
  }

  /** Calls the function when this instance is elected, before any controller works. It failing ends the process. */
  onElected(fn: () => void | Promise<void>): void {
    this.#elected.push(fn)
  }

  /** Adds a check to `/readyz`. */
  addReadyCheck(name: string, check: HealthCheck): void {
    this.#health.add('readyz', name, check)
  }

  /** Adds a check to `/healthz`. */
  addHealthCheck(name: string, check: HealthCheck): void {
    this.#health.add('healthz', name, check)
  }

  /**
   * Runs until the signal aborts, then stops in order: no new work, runs end or are aborted, events go out, the Lease is
   * released, informers and servers end. Throws `ServerFailed`, `StartFailed`, `LeadershipLost`, and what a runnable threw.
   */
  async run(signal: AbortSignal): Promise<void> {
    let failure: { readonly error: unknown } | undefined
    const stop = new AbortController()
    const fail = (error: unknown): void => {
      failure ??= { error }
      stop.abort()
    }
    const forward = (): void => stop.abort()
    if (signal.aborted) stop.abort()
    signal.addEventListener('abort', forward, { once: true })
    const servers = await this.#serve()
    const background = new TaskGroup(fail)
    const leading = new TaskGroup(fail)
    const aborting = new TaskGroup(fail)
    const election = new TaskGroup(fail)
    try {
      this.#informers.start(background.signal)
      background.add((ending) => this.#publisher.run(ending))
      for (const { run, needsLeader } of this.#runnables) if (!needsLeader) background.add(run)
      election.add((ending) => this.#elect(ending, stop.signal, () => this.#lead(leading, aborting), fail))
      await new Promise<void>((resolve) => {
        if (stop.signal.aborted) resolve()
        else stop.signal.addEventListener('abort', () => resolve(), { once: true })
      })
      this.log.info({}, 'Stopping')
      await this.#stop({ leading, aborting, election, background, lost: leadershipLoss(failure?.error) })
    } finally {
      signal.removeEventListener('abort', forward)
      this.#rest.stop()
      await Promise.all(servers.map((server) => server.close()))
    }
    if (failure !== undefined) throw failure.error
  }

  async #serve(): Promise<RunningServer[]> {
    const { metricsAddr, healthAddr } = this.options
    const servers: RunningServer[] = []
    const start = async (
      name: string,
      flag: string,
      text: string,
      listener: HealthChecks['listener'],
    ): Promise<void> => {
      const address = parseListenAddress(flag, text)
      if (address === undefined) return
      const server = await serveHttp(address, listener)
      servers.push(server)
      this.#addresses.set(name, server.address)
      this.log.info({ address: server.address }, `serving ${name}`)
    }
    try {
      await start('metrics', '--metrics-addr', metricsAddr, metricsListener(this.metrics.registry, this.log))
      await start('health', '--health-addr', healthAddr, this.#health.listener)
    } catch (error) {
      await Promise.all(servers.map((server) => server.close()))
      throw error
    }
    return servers
  }

  /** Runs the election, or leads at once where it is turned off. */
  async #elect(
    ending: AbortSignal,
    stopping: AbortSignal,
    lead: () => void,
    fail: (error: unknown) => void,
  ): Promise<void> {
    const { options, client, clock, log, random, instance, name } = this.#config
    const { enabled, ...timing } = options.leaderElection
    if (!enabled) return lead()
    const lease = leaseName(name, options.watchLabelSelector)
    this.metrics.setLeader(lease, false)
    const elector = new LeaderElector({
      client,
      namespace: options.runtimeNamespace,
      name: lease,
      identity: instance,
      ...timing,
      clock,
      random,
      log,
      onStarted: (term) => {
        this.metrics.setLeader(lease, true)
        term.addEventListener('abort', () => {
          this.metrics.setLeader(lease, false)
          // another instance may lead from here on
          if (!ending.aborted) fail(new RuntimeError('LeadershipLost', `lost the lease ${lease}`))
        })
        if (!stopping.aborted) lead()
      },
    })
    await elector.run(ending)
  }

  #lead(leading: TaskGroup, aborting: TaskGroup): void {
    this.#leads = true
    leading.add(async (signal) => {
      for (const fn of this.#elected) await fn()
      if (signal.aborted) return
      for (const { run, needsLeader } of this.#runnables) if (needsLeader) leading.add(run)
      for (const controller of this.#controllers)
        leading.add((ending) => this.#runController(controller, ending, aborting.signal))
    })
  }

  async #runController(controller: Controller<never>, signal: AbortSignal, abortRuns: AbortSignal): Promise<void> {
    const ended = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    const synced = Promise.all([...controller.informers].map((informer) => informer.synced))
    await Promise.race([synced, ended])
    if (!signal.aborted) await controller.run(signal, abortRuns)
  }

  async #stop(groups: {
    readonly leading: TaskGroup
    readonly aborting: TaskGroup
    readonly election: TaskGroup
    readonly background: TaskGroup
    /** Set when somebody else leads by now. */
    readonly lost: RuntimeError | undefined
  }): Promise<void> {
    const { leading, aborting, election, background, lost } = groups
    const { clock, drainMs = 2000, stopTimeoutMs = 8000 } = this.#config
    const deadline = clock.monotonic() + stopTimeoutMs
    const left = (): number => Math.max(0, deadline - clock.monotonic())
    leading.stop()
    // without the lease somebody else writes already
    if (lost === undefined) await this.#within(drainMs, leading.ended())
    aborting.stop(lost)
    const isDone = await this.#within(left(), leading.ended())
    if (!isDone) this.log.error({ timeout: stopTimeoutMs }, 'runs did not end in time and are left behind')
    this.#leads = false
    const drain = new AbortController()
    const cancel = clock.setTimeout(() => drain.abort(), Math.min(left(), 5000))
    const isDrained = await this.#publisher.drained(drain.signal)
    cancel()
    if (!isDrained) this.log.info({ ...this.#config.spool.stats() }, 'events stay in the spool for the next start')
    election.stop()
    await this.#within(Math.max(left(), 1000), election.ended())
    background.stop()
    await this.#within(Math.max(left(), 1000), Promise.all([background.ended(), this.#informers.stopped()]))
  }

  async #within(limitMs: number, work: Promise<unknown>): Promise<boolean> {
    let cancel = (): void => {}
    const limit = new Promise<boolean>((resolve) => {
      cancel = this.#config.clock.setTimeout(() => resolve(false), limitMs)
    })
    const isDone = await Promise.race([work.then(() => true), limit])
    cancel()
    return isDone
  }
}

function leadershipLoss(error: unknown): RuntimeError | undefined {
  return error instanceof RuntimeError && error.code === 'LeadershipLost' ? error : undefined
}
