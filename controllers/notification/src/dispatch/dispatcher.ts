// SPDX-License-Identifier: Apache-2.0
import { alertReasons, formatKey } from '@tidelock/api'
import type { Alert, Clock, FluxEvent, Provider } from '@tidelock/api'
import { errorMessage, redact } from '@tidelock/errors'
import type { Informer } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'
import { filterMetadata, withoutToken } from '../events/metadata.ts'
import type { RateLimiter } from '../events/rate-limiter.ts'
import { dropReason } from './drop-rules.ts'
import { groupingProblem } from './grouping.ts'
import type { Grouping } from './grouping.ts'
import { done } from './incoming.ts'
import type { Incoming, Settled } from './incoming.ts'
import type { Ledger } from './ledger.ts'
import type { Lanes } from './lanes.ts'
import { matchAlert } from './match.ts'
import type { LabelsOf } from './match.ts'
import { mergeMetadata } from './merge-metadata.ts'
import type { DispatchMetrics } from './metrics.ts'
import { messageRules } from './patterns.ts'
import type { MessageRules } from './patterns.ts'
import type { Reporter } from './reporter.ts'
import type { OnStep } from './steps.ts'

/** What the dispatcher works with. */
export interface DispatcherDependencies {
  readonly alerts: Pick<Informer<Alert>, 'list'>
  readonly providers: Pick<Informer<Provider>, 'get'>
  readonly limiter: RateLimiter
  readonly ledger: Ledger
  readonly grouping: Grouping
  readonly lanes: Lanes
  readonly reporter: Reporter
  readonly labelsOf: LabelsOf
  readonly noCrossNamespaceRefs: boolean
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: DispatchMetrics
  readonly onStep: OnStep
}

/** How long an event waits for a Provider that is not there: both may have been applied at the same time. */
const missingProviderMs = 120_000
const laterMs = 5000

/** Finds out who is to know of an event, and tells them, each once. */
export class Dispatcher {
  readonly #parts: DispatcherDependencies
  /** Objects in the cache do not change: what was compiled of one stays true. */
  readonly #rules = new WeakMap<Alert, MessageRules>()
  readonly #underWay = new Map<string, Promise<Settled>>()

  constructor(parts: DispatcherDependencies) {
    this.#parts = parts
  }

  /** See `Submit`. */
  async submit(incoming: Incoming): Promise<Settled> {
    const { limiter, log, onStep } = this.#parts
    onStep('received', incoming.id)
    try {
      const filtered = filterMetadata(incoming.event)
      if (!limiter.allows(filtered, incoming.id)) return done
      const event = withoutToken(filtered)
      const alerts = await this.#match(event, incoming.id)
      onStep('matched', incoming.id)
      const results = await Promise.all(alerts.map((alert) => this.#tellOnce(alert, event, incoming)))
      onStep('settled', incoming.id)
      return results.find(({ kind }) => kind === 'later') ?? done
    } catch (error) {
      log.error({ event: incoming.id, error: redact(errorMessage(error)) }, 'event not dispatched, it comes again')
      return { kind: 'later', afterMs: laterMs }
    }
  }

  async #match(event: FluxEvent, id: string): Promise<Alert[]> {
    const { alerts, labelsOf, grouping, reporter } = this.#parts
    const matching: Alert[] = []
    for (const alert of alerts.list()) {
      const rules = this.#rulesOf(alert)
      const counts = grouping.isOpen(alert, event, keyOf(id, alert)) ? { ...event, severity: 'error' as const } : event
      const match = await matchAlert(alert, rules, counts, labelsOf)
      if (match === 'yes') matching.push(alert)
      if (match === 'source-missing')
        reporter.warn(alert, alertReasons.sourceFetchFailed, `error getting source object ${nameOf(event)}`)
    }
    return matching
  }

  #rulesOf(alert: Alert): MessageRules {
    const known = this.#rules.get(alert)
    if (known !== undefined) return known
    const rules = messageRules(alert)
    this.#rules.set(alert, rules)
    for (const problem of [...rules.problems, groupingProblem(alert)])
      if (problem !== undefined) this.#parts.reporter.warn(alert, alertReasons.invalidConfig, problem)
    return rules
  }

  /** The same event may come a second time while its first coming is under way. */
  #tellOnce(alert: Alert, event: FluxEvent, incoming: Incoming): Promise<Settled> {
    const key = keyOf(incoming.id, alert)
    if (this.#parts.ledger.has(key)) return Promise.resolve(done)
    const known = this.#underWay.get(key)
    if (known !== undefined) return known
    const telling = this.#tell(key, alert, event, incoming).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, telling)
    return telling
  }

  async #tell(key: string, alert: Alert, event: FluxEvent, incoming: Incoming): Promise<Settled> {
    const { providers, reporter, ledger, lanes, log, clock, noCrossNamespaceRefs } = this.#parts
    const { namespace = '', name } = alert.metadata
    if (noCrossNamespaceRefs && event.involvedObject.namespace !== namespace) {
      const denied = `alert '${namespace}/${name}' can't process event from '${nameOf(event)}', cross-namespace references have been blocked`
      this.#warn(alert, event, `discarding event, access denied to cross-namespace sources: ${denied}`)
      ledger.add(key)
      return done
    }
    const providerKey = { namespace, name: alert.spec.providerRef.name }
    const provider = providers.get(providerKey)
    if (provider === undefined) {
      if (incoming.attempt === 1)
        this.#warn(alert, event, `failed to read provider: '${formatKey(providerKey)}' not found`)
      return clock.now() - incoming.keptAtMs < missingProviderMs ? { kind: 'later', afterMs: laterMs } : done
    }
    if (provider.spec.suspend === true) return done
    const dropped = dropReason(provider.spec.type, event)
    if (dropped !== undefined) {
      log.debug({ alert: formatKey({ namespace, name }), object: event.involvedObject }, dropped)
      return done
    }
    const told = this.#compose(key, alert, provider, event)
    if (told === undefined) {
      ledger.add(key)
      return done
    }
    for (const [place, text] of told.conflicts) reporter.warn(alert, alertReasons.metadataAppendFailed, text, place)
    return lanes.deliver({ key, notification: { event: told.event, alert, provider }, incoming })
  }

  /** Undefined: it is left out, because the same failure was told before. */
  #compose(
    key: string,
    alert: Alert,
    { spec }: Provider,
    event: FluxEvent,
  ): { readonly event: FluxEvent; readonly conflicts: readonly [Record<string, string>, string][] } | undefined {
    const { grouping, metrics } = this.#parts
    const decision = grouping.decide(alert, event, key)
    if (decision.kind === 'leave-out') {
      metrics.result(spec.type, 'left-out')
      return undefined
    }
    const { event: merged, conflicts } = mergeMetadata(event, alert)
    const metadata = { ...merged.metadata, ...decision.metadata }
    const text =
      'metadata key conflicts detected (please refer to the Alert API docs and Flux RFC 0008 for more information)'
    return {
      event: { ...merged, metadata },
      conflicts: Object.keys(conflicts).length === 0 ? [] : [[{ ...conflicts }, text]],
    }
  }

  #warn(alert: Alert, event: FluxEvent, problem: string): void {
    const text = `failed to dispatch notification for ${nameOf(event)}: ${problem}`
    this.#parts.reporter.warn(alert, alertReasons.dispatchFailed, text)
  }
}

/** What tells the delivery of an event because of an Alert from all others. */
function keyOf(id: string, { metadata }: Alert): string {
  return `${id}:${metadata.uid}`
}

/** `Kind/namespace/name`, as Flux's messages name the object of an event. */
function nameOf({ involvedObject: { kind, namespace, name } }: FluxEvent): string {
  return `${kind}/${namespace}/${name}`
}
