// SPDX-License-Identifier: Apache-2.0
import type { ApiObject } from '@tidelock/api'
import { getCondition, markReconciling, markUnknown, readyCondition } from '@tidelock/api'
import type { EventRecord, Publisher } from '@tidelock/bus'
import type { ConditionTable } from './condition-table.ts'
import { toEventRecord } from './event-record.ts'
import type { EventContext } from './event-record.ts'
import type { Logger } from './logger.ts'
import type { FaultPoint } from './manager-types.ts'
import type { EventDraft, Progress } from './outcome.ts'
import type { SerialPatcher } from './serial-patcher.ts'

/** What a reporter is made of. */
export interface RunReporterOptions<T extends ApiObject> {
  /** The copy that the run works on. */
  readonly obj: T
  readonly patcher: SerialPatcher<T>
  readonly publisher: Pick<Publisher, 'put' | 'release' | 'discard'>
  readonly table: ConditionTable
  readonly log: Logger
  readonly now: () => number
  readonly events: Omit<EventContext, 'now' | 'metadata'>
  readonly eventMetadata: (obj: T) => Readonly<Record<string, string>>
  readonly reach: (point: FaultPoint) => Promise<void>
  /** Throws when this process must not write any more. */
  readonly ensureMayWrite: () => void
  /** Told what the server has after each write. */
  readonly onWritten: (obj: T) => void
}

/**
 * Says to the world what one run found, always in the same order: events into the spool, then the status, then the events
 * out. Whoever dies in between leaves events that the next process delivers, and a status that the next run corrects.
 */
export class RunReporter<T extends ApiObject> {
  readonly #options: RunReporterOptions<T>
  #pending: EventRecord[] = []
  /** Sequences of events about what was about to be done; nobody gets them as long as the process lives to tell how it went. */
  #intended: number[] = []
  #annotations: Readonly<Record<string, string>> = {}
  /** The error of a status patch that failed; a run cannot go on without its reports. */
  writeError: unknown

  constructor(options: RunReporterOptions<T>) {
    this.#options = options
  }

  /** Records an event about the object as it is now. */
  event(obj: T, draft: EventDraft): void {
    const { log } = this.#options
    const record = this.#toRecord(obj, draft)
    const { message, reason, severity } = record.event
    if (log.isLevelEnabled('trace'))
      log.trace({ reason, severity, annotations: record.event.metadata, event: record.id }, message)
    this.#pending.push(record)
  }

  /** Makes an event durable that only goes out when this process dies before it reports anything else. */
  async intend(obj: T, draft: EventDraft): Promise<void> {
    const { publisher, reach, ensureMayWrite } = this.#options
    ensureMayWrite()
    this.#intended.push(...(await publisher.put([this.#withBase(this.#toRecord(obj, draft))])))
    await reach('event-intended')
  }

  /**
   * Makes the events durable, patches the status to that of `obj`, lets the events go. The last commit of a run, as any that
   * reports something, takes the place of the events that were intended. Throws what the patch threw.
   */
  async commit(obj: T, { isLast = false }: { readonly isLast?: boolean } = {}): Promise<void> {
    const { publisher, patcher, reach, onWritten, ensureMayWrite } = this.#options
    ensureMayWrite()
    const records = this.#take()
    const sequences = records.length === 0 ? [] : await publisher.put(replacing(records, this.#intended))
    if (records.length > 0) await reach('events-spooled')
    if (records.length > 0 || isLast) publisher.discard(this.#intended.splice(0))
    try {
      ensureMayWrite()
      const written = await patcher.patchStatus(obj)
      if (written !== undefined) onWritten(written)
    } catch (error) {
      this.writeError = error
      throw error
    } finally {
      // what they tell has happened, whether or not the status could say so
      await reach('status-patched')
      publisher.release(sequences)
      await reach('events-released')
    }
  }

  /** Makes recorded events durable and lets them go, and what was intended: how that went is not known. Does not touch the object. */
  async flush(): Promise<void> {
    const { publisher, reach } = this.#options
    publisher.release(this.#intended.splice(0))
    const records = this.#take()
    if (records.length === 0) return
    const sequences = await publisher.put(records)
    await reach('events-spooled')
    publisher.release(sequences)
  }

  #toRecord(obj: T, draft: EventDraft): EventRecord {
    const { events, eventMetadata, now } = this.#options
    const metadata = { ...eventMetadata(obj), ...this.#annotations }
    return toEventRecord(obj, draft, { ...events, now: new Date(now()), metadata })
  }

  /** The recorded events. */
  #take(): EventRecord[] {
    return this.#pending.splice(0).map((record) => this.#withBase(record))
  }

  /** The record with the version that the object has for as long as the event is not said in its status. */
  #withBase(record: EventRecord): EventRecord {
    const base = this.#options.patcher.persisted.metadata.resourceVersion
    return base === undefined ? record : { ...record, base }
  }

  /** What a reconciler reports its progress with. */
  progress(): Progress {
    const { obj, table, now, reach } = this.#options
    const report = async (reason: string, message: string, options?: { readyUnknown?: boolean }): Promise<void> => {
      const time = new Date(now())
      markReconciling(obj, reason, message, time)
      const ready = getCondition(obj, readyCondition)?.status ?? 'Unknown'
      if ((options?.readyUnknown ?? table.progressMakesReadyUnknown) || ready === 'Unknown')
        markUnknown(obj, readyCondition, reason, table.progressMessage ?? message, time)
      await this.commit(obj)
      await reach('progress-patched')
    }
    return Object.assign(report, {
      event: (draft: EventDraft) => this.event(obj, draft),
      intend: (draft: EventDraft) => this.intend(obj, draft),
      annotate: (metadata: Readonly<Record<string, string>>) => {
        this.#annotations = { ...this.#annotations, ...metadata }
      },
      checkpoint: async () => {
        await this.commit(obj)
        await reach('progress-patched')
      },
    })
  }
}

function replacing([first, ...rest]: readonly EventRecord[], intended: readonly number[]): EventRecord[] {
  if (first === undefined) return []
  return [intended.length === 0 ? first : { ...first, replaces: [...intended] }, ...rest]
}
