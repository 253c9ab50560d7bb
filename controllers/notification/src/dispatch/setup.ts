// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { alertKind, deadLettersAnnotation, providerKind, toKey } from '@tidelock/api'
import type { Alert, Clock, FluxEvent, Provider } from '@tidelock/api'
import type { AuthDeps } from '@tidelock/auth'
import { errorMessage } from '@tidelock/errors'
import type { Informer, KubeClient } from '@tidelock/kube'
import type { Logger, Manager, Runnable } from '@tidelock/runtime'
import type { DeadLetters } from '../dead-letters/dead-letters.ts'
import { createDropLog } from '../dead-letters/drop-log.ts'
import { DeadLettersOnDisk } from '../dead-letters/on-disk.ts'
import { createShow } from '../dead-letters/show.ts'
import { RateLimiter } from '../events/rate-limiter.ts'
import { openIntake } from '../intake/intake.ts'
import type { IntakeOptions } from '../intake/intake.ts'
import type { NotificationOptions } from '../options.ts'
import { DeliveryStatus } from './delivery-status.ts'
import { Destinations } from './destinations.ts'
import type { Accounts } from './destinations.ts'
import { Dispatcher } from './dispatcher.ts'
import { createRelease } from './finalizers.ts'
import { Grouping } from './grouping.ts'
import { createLabelReader } from './labels.ts'
import { Lanes } from './lanes.ts'
import { Ledger } from './ledger.ts'
import { createDispatchMetrics } from './metrics.ts'
import type { DispatchMetrics } from './metrics.ts'
import { replay, wantsReplay } from './replay.ts'
import type { ReplayDependencies } from './replay.ts'
import { Reporter } from './reporter.ts'
import { send } from './send.ts'
import { noStep } from './steps.ts'
import type { OnStep } from './steps.ts'

/** What telling people works with. */
export interface DispatchSettings {
  readonly auth: AuthDeps
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: () => number
  readonly options: NotificationOptions
  readonly userAgent: string
  /** See `IntakeOptions`. */
  readonly bus?: IntakeOptions['bus']
  /** Absent: nobody wants to know. */
  readonly onStep?: OnStep
}

/** The running dispatcher, as the event server needs it. */
export interface Dispatch extends AsyncDisposable {
  readonly limiter: RateLimiter
  accept(this: void, id: string, event: FluxEvent): Promise<void>
  onRefused(this: void): void
}

/** Adds the dispatcher to the manager. The caller disposes of what it returns when the manager has ended. Throws `SpoolUnusable`. */
export async function setupDispatch(manager: Manager, settings: DispatchSettings): Promise<Dispatch> {
  const { clock, random, options, bus, onStep = noStep } = settings
  const { log } = manager
  const stopping = new AbortController()
  const parts = assemble(manager, settings, stopping.signal)
  const { alerts, providers, dispatcher, metrics, limiter } = parts
  const release = createRelease({ client: settings.client, clock, log, signal: stopping.signal })
  alerts.subscribe({ upsert: release })
  providers.subscribe({ upsert: release })
  const intake = await openIntake({
    ...{ options, clock, random, log, onStep },
    submit: (incoming) => dispatcher.submit(incoming),
    onOvertaken: (count) => {
      metrics.overtaken(count)
      reportOvertaken(parts, count)
    },
    onBehind: (count) => metrics.behind(count),
    onOpened: (stats) => metrics.intake(stats),
    ...(bus === undefined ? {} : { bus }),
  })
  const run =
    (work: Runnable): Runnable =>
    async (ending) => {
      const synced = Promise.all([alerts.waitForSync(ending), providers.waitForSync(ending)])
      await synced.catch(() => undefined)
      if (!ending.aborted) await work(ending)
    }
  const { sweep, show } = parts
  // of Providers that were deleted while nobody looked
  manager.addRunnable(
    'dead letters',
    run(async () => void (await sweep())),
  )
  const showAll = run(async () => showLetters(providers, await sweep(), show))
  manager.addRunnable('annotations of dead letters', showAll, { needsLeader: true })
  manager.addRunnable('event intake', run(intake.everywhere))
  if (intake.leader !== undefined) manager.addRunnable('event consumer', run(intake.leader), { needsLeader: true })
  return {
    limiter,
    accept: intake.accept,
    onRefused: () => metrics.refused(),
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      parts.lanes.stop()
      await intake.close()
      await parts.destinations.close()
      parts.grouping.close()
      parts.ledger.close()
    },
  }
}

function assemble(manager: Manager, settings: DispatchSettings, signal: AbortSignal) {
  const { auth, client, clock, random, options, userAgent, onStep = noStep } = settings
  const { log } = manager
  const alerts = manager.informer<Alert>(alertKind)
  const providers = manager.informer<Provider>(providerKind)
  const about = { client, clock, log, signal }
  const destinations = new Destinations({ auth, accounts: accountsOf(options), client, clock, userAgent })
  const ledger = Ledger.open(join(options.spoolDir, 'settled'))
  const grouping = new Grouping(clock, join(options.spoolDir, 'settled', 'groups.json'))
  const reporter = new Reporter(about)
  const metrics = createDispatchMetrics(manager.metrics, () => lanes.size)
  const find = (uid: string): Provider | undefined => [...providers.list()].find(({ metadata }) => metadata.uid === uid)
  const deadLetters = openDeadLetters(settings, { log, metrics, onDropped: (uid) => show(uid) })
  const show = createShow({ ...about, deadLetters, find })
  const limiter = new RateLimiter(clock, options.rateLimitIntervalMs)
  const providerNow = (provider: Provider): Provider | undefined => {
    const now = providers.get(toKey(provider))
    return now?.metadata.uid === provider.metadata.uid ? now : undefined
  }
  const lanes: Lanes = new Lanes({
    ...{ clock, random, log, ledger, grouping, deadLetters, reporter, metrics, providerNow, onStep },
    status: new DeliveryStatus(about),
    maxAgeMs: options.deliveryMaxAgeMs,
    onDeadLetter: ({ metadata: { uid = '' } }) => show(uid),
    send: (notification) => send(notification, destinations, signal),
  })
  const dispatcher = new Dispatcher({
    ...{ alerts, providers, limiter, ledger, grouping, lanes, reporter, clock, log, metrics, onStep },
    labelsOf: createLabelReader(client, clock, signal),
    noCrossNamespaceRefs: options.noCrossNamespaceRefs,
  })
  const sweep = (): Promise<readonly string[]> => sweepLetters({ providers, deadLetters, log })
  const again: ReplayDependencies = { client, alerts, deadLetters, lanes, log, now: () => clock.now() }
  providers.subscribe({
    upsert: (now, before) => {
      if (before !== undefined && before.metadata.uid !== now.metadata.uid) void sweep()
      followProvider({ now, before, lanes, again, show, signal })
    },
    remove: (last) => {
      void sweep()
      lanes.remove(last)
      destinations.forget(last.metadata.uid ?? '')
    },
  })
  return {
    alerts,
    providers,
    dispatcher,
    lanes,
    destinations,
    ledger,
    grouping,
    metrics,
    limiter,
    reporter,
    sweep,
    show,
  }
}

function accountsOf({ defaultServiceAccount, features }: NotificationOptions): Accounts {
  return { defaultServiceAccount, workloadIdentity: features.enabled('ObjectLevelWorkloadIdentity') }
}

/** Says on every Alert that it may have missed something: nobody looks for an event that they do not know of. */
function reportOvertaken(
  { alerts, reporter }: { readonly alerts: Pick<Informer<Alert>, 'list'>; readonly reporter: Reporter },
  count: number,
): void {
  const text = `the bus dropped ${count} events by its bounds before they could be told; raise --nats-stream-max-bytes or --nats-stream-max-age`
  for (const alert of alerts.list()) reporter.warn(alert, 'EventsOvertaken', text)
}

function followProvider(parts: {
  readonly now: Provider
  readonly before: Provider | undefined
  readonly lanes: Lanes
  readonly again: ReplayDependencies
  readonly show: (uid: string) => void
  readonly signal: AbortSignal
}): void {
  const { now, before, lanes, again, show, signal } = parts
  // what is mended is tried at once; annotations, which we write ourselves, mend nothing
  if (before !== undefined && JSON.stringify(now.spec) !== JSON.stringify(before.spec)) lanes.wake(now)
  if (!wantsReplay(now) || (before !== undefined && wantsReplay(before))) return
  replay(again, now, signal)
    .catch((error: unknown) => {
      if (!signal.aborted) again.log.error({ error: errorMessage(error) }, 'dead letters could not be sent again')
    })
    .finally(() => show(now.metadata.uid ?? ''))
}

function openDeadLetters(
  { clock, options }: Pick<DispatchSettings, 'clock' | 'options'>,
  parts: { readonly log: Logger; readonly metrics: DispatchMetrics; readonly onDropped: (uid: string) => void },
): DeadLetters {
  const { log, metrics, onDropped } = parts
  const say = createDropLog(clock, (count) =>
    log.error(
      { count },
      'dead letters had to make room for newer ones; send them again, or raise --dead-letters-max-bytes',
    ),
  )
  const deadLetters = new DeadLettersOnDisk({
    root: join(options.spoolDir, 'dead-letters'),
    maxBytes: options.deadLettersMaxBytes,
    onDropped: (uid) => {
      metrics.dropped()
      say()
      onDropped(uid)
    },
  })
  metrics.deadLetters(() => deadLetters.stats())
  return deadLetters
}

/** Removes the letters of Providers that are gone. Resolves to the uids of those that have some; never rejects. */
async function sweepLetters(parts: {
  readonly providers: Pick<Informer<Provider>, 'list'>
  readonly deadLetters: DeadLetters
  readonly log: Logger
}): Promise<readonly string[]> {
  const { providers, deadLetters, log } = parts
  try {
    // when it is asked, not before: letters of a Provider that was made meanwhile stay
    let uids: Set<string | undefined> | undefined
    return await deadLetters.retain((uid) => {
      uids ??= new Set(Array.from(providers.list(), ({ metadata }) => metadata.uid))
      return uids.has(uid)
    })
  } catch (error) {
    log.error({ error: errorMessage(error) }, 'dead letters of deleted Providers could not be removed')
    return []
  }
}

/** What a Provider says of its letters may be of a pod whose disk is gone. */
function showLetters(
  providers: Pick<Informer<Provider>, 'list'>,
  withLetters: readonly string[],
  show: (uid: string) => void,
): void {
  const said = Array.from(providers.list()).filter(({ metadata }) => metadata.annotations?.[deadLettersAnnotation])
  for (const uid of new Set([...withLetters, ...said.map(({ metadata }) => metadata.uid ?? '')])) show(uid)
}
