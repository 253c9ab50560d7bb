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
  readonly publisher: Pick<Publisher, 'put' | 'release'>
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
  #annotations: Readonly<Record<string, string>> = {}
  /** The error of a status patch that failed; a run cannot go on without its reports. */
  writeError: unknown

  constructor(options: RunReporterOptions<T>) {
    this.#options = options
  }

  /** Records an event about the object as it is now. */
  event(obj: T, draft: EventDraft): void {
    const { events, eventMetadata, log, now } = this.#options
    const metadata = { ...eventMetadata(obj), ...this.#annotations }
    const record = toEventRecord(obj, draft, { ...events, now: new Date(now()), metadata })
    const { message, reason, severity } = record.event
    if (log.isLevelEnabled('trace'))
      log.trace({ reason, severity, annotations: record.event.metadata, event: record.id }, message)
    this.#pending.push(record)
  }

  /** Makes the events durable, patches the status to that of `obj`, lets the events go. Throws what the patch threw. */
  async commit(obj: T): Promise<void> {
    const { publisher, patcher, reach, onWritten, ensureMayWrite } = this.#options
    ensureMayWrite()
    const records = this.#take()
    const sequences = records.length === 0 ? [] : await publisher.put(records)
    if (records.length > 0) await reach('events-spooled')
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

  /** Makes recorded events durable and lets them go, without touching the object. */
  async flush(): Promise<void> {
    const records = this.#take()
    if (records.length === 0) return
    const { publisher, reach } = this.#options
    const sequences = await publisher.put(records)
    await reach('events-spooled')
    publisher.release(sequences)
  }

  /** The recorded events, with the version that the object has for as long as they are not said in its status. */
  #take(): EventRecord[] {
    const base = this.#options.patcher.persisted.metadata.resourceVersion
    const records = this.#pending
    this.#pending = []
    return base === undefined ? records : records.map((record) => ({ ...record, base }))
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
