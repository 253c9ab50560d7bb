// SPDX-License-Identifier: Apache-2.0
import { Spool, createHttpSink, createNatsSink } from '@tidelock/bus'
import type { EventSink } from '@tidelock/bus'
import { KubeClient, loadTarget } from '@tidelock/kube'
import type { RequestSlots } from '@tidelock/kube'
import { systemClock } from '@tidelock/api'
import type { Clock } from '@tidelock/api'
import { Registry } from 'prom-client'
import { createLogger } from './logger.ts'
import type { Logger } from './logger.ts'
import { Manager } from './manager.ts'
import { natsAccess, natsStream } from './nats-access.ts'
import type { Faults } from './manager-types.ts'
import { createMetrics } from './metrics.ts'
import type { RuntimeMetrics } from './metrics.ts'
import type { CommonOptions } from './options.ts'

/** What a controller's `main.ts` hands over. */
export interface CreateManagerOptions {
  /** `source-controller`. */
  readonly name: string
  readonly version: string
  readonly options: CommonOptions
  readonly env: Readonly<Record<string, string | undefined>>
  /** Unique per process, shown as holder of the Lease: the host name with something random. */
  readonly instance: string
  readonly clock?: Clock
  readonly random?: () => number
  readonly log?: Logger
  /** Where log lines go; absent: standard error. */
  readonly logStream?: { write(line: string): void }
  readonly faults?: Faults
  /** See `ManagerConfig`. */
  readonly routineRequests?: RequestSlots
  /** See `ManagerConfig`. */
  readonly drainMs?: number
  /** See `ManagerConfig`. */
  readonly stopTimeoutMs?: number
}

/** A manager with everything that it stands on. */
export interface CreatedManager {
  readonly manager: Manager
  readonly client: KubeClient
  readonly log: Logger
  readonly metrics: RuntimeMetrics
  /** Releases client, sinks and spool; call it when `manager.run` has ended. */
  readonly close: () => Promise<void>
}

/**
 * Composes a controller process from its options: log, metrics, client, event spool and sinks, manager. Connects to
 * nothing but what the credentials need. Throws the coded errors of those parts.
 */
export async function createManager(settings: CreateManagerOptions): Promise<CreatedManager> {
  const { name, version, options, env, instance, clock = systemClock, random = Math.random } = settings
  const log = settings.log ?? createLogger(options.log, settings.logStream)
  const metrics = createMetrics(new Registry())
  const { kubeconfig } = options
  const target = await loadTarget({ env, ...(kubeconfig === '' ? { inCluster: true } : { kubeconfig }) })
  const client = new KubeClient({
    target,
    userAgent: `${name}/${version}`,
    clock,
    random,
    onRequest: metrics.observeRequest,
    // Flux's own finalizer is one that the server warns of, with every write
    onWarning: (warning, { method, path }) => log.debug({ method, path, warning }, 'API server warning'),
    rateLimit: { qps: options.kubeApiQps, burst: options.kubeApiBurst },
  })
  const spool = await openSpool(options, log)
  const sinks = createSinks({ options, name, log, random })
  const { faults, routineRequests, drainMs, stopTimeoutMs } = settings
  const manager = new Manager({
    name,
    client,
    options,
    clock,
    log,
    metrics,
    random,
    instance,
    spool,
    sinks,
    ...(faults === undefined ? {} : { faults }),
    ...(routineRequests === undefined ? {} : { routineRequests }),
    ...(drainMs === undefined ? {} : { drainMs }),
    ...(stopTimeoutMs === undefined ? {} : { stopTimeoutMs }),
  })
  for (const [gate, enabled] of options.features.list()) log.debug({ gate, enabled }, 'feature gate')
  return {
    manager,
    client,
    log,
    metrics,
    close: async () => {
      await Promise.allSettled(sinks.map(async (sink) => sink.close?.()))
      await spool.close()
      await client.close()
    },
  }
}

function openSpool({ spoolDir, spoolMaxBytes }: CommonOptions, log: Logger): Promise<Spool> {
  return Spool.open({
    directory: spoolDir,
    maxBytes: spoolMaxBytes,
    onOverflow: (report) => log.error({ ...report }, 'the event spool is full, the oldest events are lost'),
    onCorrupt: (report) => log.error({ ...report }, 'a file of the event spool is damaged and was set aside'),
    onFault: (error) => log.error({ error }, 'the event spool cannot be written, events are held in memory'),
  })
}

function createSinks(parts: {
  readonly options: CommonOptions
  readonly name: string
  readonly log: Logger
  readonly random: () => number
}): EventSink[] {
  const { options, name, log, random } = parts
  const { eventsAddr, natsUrl } = options
  const sinks: EventSink[] = []
  if (eventsAddr !== '') sinks.push(createHttpSink({ url: eventsAddr }))
  if (natsUrl !== '')
    sinks.push(createNatsSink({ ...natsAccess(options), name, log, random, stream: natsStream(options) }))
  return sinks
}
