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

/**
 * For Alerts with the annotation: a failure is told when it begins, again when its cause becomes another, now and then while it goes on
 * (each time after twice the time, up to a day), and when it is over, also where the Alert wants errors alone. What is open is kept in a
 * file, so that a restart does not tell it anew.
 */
export class Grouping {
  readonly #clock: Clock
  readonly #file: string
  readonly #open: Map<string, Failure>
  #cancelWrite: (() => void) | undefined

  constructor(clock: Clock, file: string) {
    this.#clock = clock
    this.#file = file
    this.#open = read(file)
  }

  /** Whether a failure of the object is open for an Alert that groups: then an event that ends it is told whatever its severity. */
  isOpen(alert: Alert, event: FluxEvent): boolean {
    return intervalOf(alert) !== undefined && this.#open.has(keyOf(alert, event))
  }

  decide(alert: Alert, event: FluxEvent): Decision {
    const intervalMs = intervalOf(alert)
    if (intervalMs === undefined) return tellPlain
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
      writeFileSync(`${this.#file}.tmp`, JSON.stringify([...this.#open]), { mode: 0o600 })
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
function intervalOf({ metadata }: Alert): number | undefined {
  const value = metadata.annotations?.[groupAnnotation]
  if (value === undefined || value === '' || value === 'disabled') return undefined
  try {
    return Math.max(1000, parseDuration(value))
  } catch {
    return 3_600_000
  }
}

function read(file: string): Map<string, Failure> {
  try {
    return new Map(JSON.parse(readFileSync(file, 'utf8')) as [string, Failure][])
  } catch {
    return new Map()
  }
}
