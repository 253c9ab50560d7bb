// SPDX-License-Identifier: Apache-2.0
import { alertReasons } from '@tidelock/api'
import type { Clock, Provider } from '@tidelock/api'
import { errorMessage, redact } from '@tidelock/errors'
import type { Logger } from '@tidelock/runtime'
import type { DeadLetter, DeadLetters } from '../dead-letters/dead-letters.ts'
import { ownerOf } from '../dead-letters/owner.ts'
import { NotificationError } from '../errors.ts'
import type { Notification } from '../sender/notification.ts'
import type { DeliveryStatus } from './delivery-status.ts'
import { done } from './incoming.ts'
import type { Incoming, Settled } from './incoming.ts'
import type { Grouping } from './grouping.ts'
import { isTakenOnce } from './drop-rules.ts'
import { Lane } from './lane.ts'
import type { Ledger } from './ledger.ts'
import type { DispatchMetrics } from './metrics.ts'
import type { Reporter } from './reporter.ts'
import type { OnStep } from './steps.ts'

/** What the lanes work with. */
export interface LanesDependencies {
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  readonly ledger: Ledger
  readonly grouping: Pick<Grouping, 'settle'>
  readonly deadLetters: DeadLetters
  readonly reporter: Reporter
  readonly status: DeliveryStatus
  readonly metrics: DispatchMetrics
  readonly maxAgeMs: number
  readonly onStep: OnStep
  /** Called when a dead letter was kept. */
  onDeadLetter(this: void, provider: Provider): void
  /** The Provider as it is now; undefined when it is gone. */
  providerNow(this: void, provider: Provider): Provider | undefined
  /** Sends for good. Throws NotificationError. */
  send(this: void, notification: Notification): Promise<void>
}

/** A notification with the event that it is about. */
export interface DeliveryRequest {
  /** The same for the same event and Alert. */
  readonly key: string
  readonly notification: Notification
  readonly incoming: Pick<Incoming, 'keptAtMs' | 'attempt'>
}

/** Most that waits for one Provider in memory; of one that fails, less: the rest comes again later. */
const capacity = { healthy: 4096, failing: 64 }
const concurrency = 4
/** See `LaneOptions`: who is killed once for each thousand messages repeats less than one of a thousand. */
const warmUp = 1000
const comeBackMs = { least: 5000, failing: 15_000, most: 600_000 }
/** Beyond this many a Provider that is away gets no more: they are dead letters at once. */
const parkedLimit = 50_000

/** One lane a Provider, so that one that hangs or refuses delays nobody else. */
export class Lanes {
  readonly #parts: LanesDependencies
  readonly #lanes = new Map<string, { readonly lane: Lane; readonly parked: Set<string> }>()

  constructor(parts: LanesDependencies) {
    this.#parts = parts
  }

  /** Deliveries that wait or are on their way. */
  get size(): number {
    let size = 0
    for (const { lane } of this.#lanes.values()) size += lane.size
    return size
  }

  /** Resolves when the notification is delivered, or kept as a dead letter; `later` when too much waits for its Provider. */
  deliver(request: DeliveryRequest): Promise<Settled> {
    const { key, notification } = request
    const { lane, parked } = this.#of(notification.provider)
    parked.delete(key)
    if (lane.size >= (lane.isFailing ? capacity.failing : capacity.healthy)) {
      if (parked.size >= parkedLimit)
        return this.#giveUp(request, new NotificationError('Busy', 'too much waits for the Provider'))
      return Promise.resolve(this.#park(request))
    }
    return new Promise((resolve) => lane.add(this.#delivery(request, resolve)))
  }

  /** What waits elsewhere: of a Provider that fails ever longer, else so that no more than a thousand a second come again. */
  #park({ key, notification, incoming }: DeliveryRequest): Settled {
    const { lane, parked } = this.#of(notification.provider)
    parked.add(key)
    const grown = Math.min(comeBackMs.most, comeBackMs.failing * 2 ** Math.min(incoming.attempt - 1, 10))
    const afterMs = lane.isFailing ? grown : Math.max(comeBackMs.least, parked.size)
    return { kind: 'later', afterMs: afterMs * (0.75 + this.#parts.random() / 2) }
  }

  /** Tries a Provider again at once: it, or what it refers to, may have been mended. */
  wake(provider: Provider): void {
    this.#lanes.get(provider.metadata.uid ?? '')?.lane.wake()
  }

  /** Forgets the lane of a Provider that is gone; what waits is told to nobody. */
  remove(provider: Provider): void {
    const uid = provider.metadata.uid ?? ''
    const known = this.#lanes.get(uid)
    if (known === undefined || known.lane.size > 0) return
    known.lane.stop()
    this.#lanes.delete(uid)
  }

  stop(): void {
    for (const { lane } of this.#lanes.values()) lane.stop()
  }

  #of({ metadata: { uid = '' }, spec: { type } }: Provider): { readonly lane: Lane; readonly parked: Set<string> } {
    const known = this.#lanes.get(uid)
    if (known !== undefined) return known
    const { clock, random } = this.#parts
    const made = {
      lane: new Lane({ clock, random, concurrency, warmUp: isTakenOnce(type) ? 0 : warmUp }),
      parked: new Set<string>(),
    }
    this.#lanes.set(uid, made)
    return made
  }

  #delivery(request: DeliveryRequest, resolve: (settled: Settled) => void): Parameters<Lane['add']>[0] {
    const { clock, maxAgeMs, metrics, status, send, providerNow, reporter, onStep } = this.#parts
    const { key, notification, incoming } = request
    const { alert, event } = notification
    const { kind, namespace, name } = event.involvedObject
    const object = `${kind}/${namespace}/${name}`
    const { type } = notification.provider.spec
    const about = (): [typeof alert, Provider] => [alert, providerNow(notification.provider) ?? notification.provider]
    return {
      object,
      expiresAtMs: incoming.keptAtMs + maxAgeMs,
      send: async () => {
        const provider = providerNow(notification.provider)
        // nobody wants it any more
        if (provider === undefined || provider.spec.suspend === true) return
        onStep('sending', key)
        await send({ ...notification, provider })
        onStep('answered', key)
      },
      defer: () => resolve(this.#park(request)),
      retried: (failure, attempt) => {
        this.#of(notification.provider).lane.shed(capacity.failing)
        metrics.result(type, 'retried')
        const problem = redact(errorMessage(failure))
        status.note(about(), problem)
        if (attempt > 1) return
        const text = `failed to send notification for ${object}: ${problem} (it is tried again)`
        reporter.warn(alert, alertReasons.dispatchFailed, text)
      },
      settle: (failure) => {
        if (failure !== undefined) return void this.#giveUp(request, failure).then(resolve)
        this.#note(key)
        onStep('noted', key)
        metrics.result(type, 'delivered')
        metrics.took(type, Math.max(0, clock.now() - incoming.keptAtMs))
        status.note(about(), undefined)
        resolve(done)
      },
    }
  }

  #note(key: string): void {
    const { grouping, ledger } = this.#parts
    grouping.settle(key)
    ledger.add(key)
  }

  async #giveUp({ key, notification }: DeliveryRequest, failure: unknown): Promise<Settled> {
    const { clock, deadLetters, metrics, reporter, status, log, onDeadLetter, onStep } = this.#parts
    const { alert, provider, event } = notification
    // its letters went with it
    if (this.#parts.providerNow(provider) === undefined) {
      this.#note(key)
      return done
    }
    const error = redact(errorMessage(failure))
    const { kind, namespace, name } = event.involvedObject
    try {
      await deadLetters.put(letterOf(key, notification, failure, clock.now()))
    } catch (cause) {
      log.error({ error: errorMessage(cause) }, 'a dead letter cannot be kept, the message is tried again later')
      return { kind: 'later', afterMs: comeBackMs.least }
    }
    onStep('dead-letter-kept', key)
    this.#note(key)
    onDeadLetter(provider)
    metrics.result(provider.spec.type, 'dead')
    status.note([alert, provider], error)
    const text = `failed to send notification for ${kind}/${namespace}/${name}: ${error}`
    reporter.warn(alert, alertReasons.dispatchFailed, text)
    return done
  }
}

function letterOf(key: string, { alert, provider, event }: Notification, failure: unknown, nowMs: number): DeadLetter {
  const { namespace = '', name } = alert.metadata
  const code = failure instanceof NotificationError ? failure.code : 'Unavailable'
  const error = redact(errorMessage(failure))
  const at = new Date(nowMs).toISOString()
  return { key, provider: ownerOf(provider), alert: { namespace, name }, event, code, error, at }
}
