// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { formatTime, parseDuration } from '@tidelock/api'
import type { Alert, Clock, FluxEvent } from '@tidelock/api'

/** Annotation of an Alert: groups failures by cause; the value is how often people hear that it still fails, such as 1h. */
export const groupAnnotation = 'notification.tidelock.dev/group'

/** What becomes of an event: it is told, perhaps with more metadata, or left out. */
export type Decision =
  | { readonly kind: 'tell'; readonly metadata: Readonly<Record<string, string>> }
  | { readonly kind: 'leave-out' }

interface Failure {
  cause: string
  /** The event that opened it. */
  readonly sinceMs: number
  toldAtMs: number
  /** Failures so far. */
  count: number
  /** How often people were told that it still fails. */
  reminders: number
}

const recovery = /Succeeded$|^New(?:Artifact|Revision|Chart)$|^ArtifactUpToDate$/
const longestMs = 24 * 3_600_000
const tellPlain: Decision = { kind: 'tell', metadata: {} }
/** Decisions that wait for their delivery; beyond it the oldest are made anew, should their events come again. */
const mostPending = 10_000

/**
 * For Alerts with the annotation: a failure is told when it begins, again when its cause becomes another, now and then while it goes on
 * (each time after twice the time, up to a day), and when it is over, also where the Alert wants errors alone. What is open is kept in a
 * file, so that a restart does not tell it anew. An event may come again before it is delivered: it is then decided as before.
 */
export class Grouping {
  readonly #clock: Clock
  readonly #file: string
  readonly #open: Map<string, Failure>
  /** By the key of the delivery: what was decided to be told and is not delivered yet. */
  readonly #pending: Map<string, Record<string, string>>
  #cancelWrite: (() => void) | undefined

  constructor(clock: Clock, file: string) {
    this.#clock = clock
    this.#file = file
    const { open, pending } = read(file)
    this.#open = new Map(open)
    this.#pending = new Map(pending)
  }

  /** Whether a failure of the object is open for an Alert that groups: then an event that ends it is told whatever its severity. */
  isOpen(alert: Alert, event: FluxEvent, delivery: string): boolean {
    if (intervalOf(alert) === undefined) return false
    return this.#open.has(keyOf(alert, event)) || this.#pending.has(delivery)
  }

  /** Decides once for each `delivery`, the key of event and Alert, until it is settled. */
  decide(alert: Alert, event: FluxEvent, delivery: string): Decision {
    const intervalMs = intervalOf(alert)
    if (intervalMs === undefined) return tellPlain
    const known = this.#pending.get(delivery)
    if (known !== undefined) return { kind: 'tell', metadata: known }
    const decision = this.#decide(alert, event, intervalMs)
    if (decision.kind === 'tell' && decision !== tellPlain) {
      this.#pending.set(delivery, { ...decision.metadata })
      for (const oldest of this.#pending.keys()) {
        if (this.#pending.size <= mostPending) break
        this.#pending.delete(oldest)
      }
    }
    return decision
  }

  /** What was decided for the delivery has reached its service, or is a dead letter. Durable when it returns: the ledger comes after. */
  settle(delivery: string): void {
    if (!this.#pending.delete(delivery)) return
    this.#cancelWrite?.()
    this.#write()
  }

  #decide(alert: Alert, event: FluxEvent, intervalMs: number): Decision {
    const key = keyOf(alert, event)
    const failure = this.#open.get(key)
    if (event.severity === 'error') return this.#fail(key, failure, event, intervalMs)
    if (failure !== undefined && recovery.test(event.reason)) {
      this.#open.delete(key)
      this.#changed()
      return { kind: 'tell', metadata: describe('recovered', failure) }
    }
    // an open failure lets other news of an Alert for errors alone not through
    return alert.spec.eventSeverity === 'error' ? { kind: 'leave-out' } : tellPlain
  }

  /** Writes what is open, if that changed. */
  close(): void {
    if (this.#cancelWrite === undefined) return
    this.#cancelWrite()
    this.#write()
  }

  #fail(key: string, failure: Failure | undefined, event: FluxEvent, intervalMs: number): Decision {
    const now = this.#clock.now()
    const cause = causeOf(event)
    this.#changed()
    if (failure === undefined) {
      this.#open.set(key, { cause, sinceMs: now, toldAtMs: now, count: 1, reminders: 0 })
      return { kind: 'tell', metadata: { state: 'failing' } }
    }
    failure.count++
    if (failure.cause !== cause) {
      Object.assign(failure, { cause, toldAtMs: now, reminders: 0 })
      return { kind: 'tell', metadata: describe('failing for another cause', failure) }
    }
    if (now - failure.toldAtMs < Math.min(longestMs, intervalMs * 2 ** failure.reminders)) return { kind: 'leave-out' }
    failure.toldAtMs = now
    failure.reminders++
    return { kind: 'tell', metadata: describe('still failing', failure) }
  }

  #changed(): void {
    this.#cancelWrite ??= this.#clock.setTimeout(() => this.#write(), 200)
  }

  #write(): void {
    this.#cancelWrite = undefined
    try {
      writeFileSync(`${this.#file}.tmp`, JSON.stringify({ open: [...this.#open], pending: [...this.#pending] }), {
        mode: 0o600,
      })
      renameSync(`${this.#file}.tmp`, this.#file)
    } catch {
      // a disk that refuses: a restart would tell open failures once more, which is better than not at all
    }
  }
}

function describe(state: string, { sinceMs, count }: Failure): Record<string, string> {
  return { state, failingSince: formatTime(new Date(sinceMs)), failures: String(count) }
}

function keyOf({ metadata }: Alert, { involvedObject: { kind, namespace, name } }: FluxEvent): string {
  return `${metadata.uid}/${kind}/${namespace}/${name}`
}

/** What is told is the same when only revisions, digests, numbers and times in the message differ. */
function causeOf({ reason, message }: FluxEvent): string {
  const bare = message.slice(0, 4096).replace(/\b[0-9a-f]{7,}\b|\d+/gi, '#')
  return createHash('sha256').update(`${reason}\n${bare}`).digest('hex').slice(0, 32)
}

/** Undefined: the Alert does not group. A value that is no duration counts as an hour: the wish is clear. */
/** What is wrong with the annotation of an Alert; undefined for nothing. */
export function groupingProblem({ metadata }: Pick<Alert, 'metadata'>): string | undefined {
  const value = metadata.annotations?.[groupAnnotation] ?? ''
  if (value === '' || value === 'disabled') return undefined
  try {
    parseDuration(value)
    return undefined
  } catch {
    return `the annotation ${groupAnnotation} is no duration such as 1h, and counts as one: ${value}`
  }
}

function intervalOf({ metadata }: Alert): number | undefined {
  const value = metadata.annotations?.[groupAnnotation]
  if (value === undefined || value === '' || value === 'disabled') return undefined
  try {
    return Math.max(1000, parseDuration(value))
  } catch {
    // `groupingProblem` says so
    return 3_600_000
  }
}

interface Kept {
  readonly open: readonly [string, Failure][]
  readonly pending: readonly [string, Record<string, string>][]
}

function read(file: string): Kept {
  try {
    const { open = [], pending = [] } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Kept>
    return { open, pending }
  } catch {
    return { open: [], pending: [] }
  }
}
