// SPDX-License-Identifier: Apache-2.0
import type { StoredRecord } from './record.ts'

const groupLimit = 512

interface Waiter {
  readonly records: readonly StoredRecord[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Gathers what arrives while a write is under way into the next one, so that one fsync serves many callers. */
export class GroupWriter {
  readonly #write: (records: readonly StoredRecord[]) => Promise<void>
  #waiting: Waiter[] = []
  #running: Promise<void> | undefined

  constructor(write: (records: readonly StoredRecord[]) => Promise<void>) {
    this.#write = write
  }

  /** Resolves when the group that holds the records is written; rejects with what that write threw. */
  add(records: readonly StoredRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when nothing is being written or waiting to be. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    // let those who report in the same turn join the first group
    await Promise.resolve()
    for (let group = this.#take(); group.length > 0; group = this.#take()) {
      try {
        await this.#write(group.flatMap((waiter) => waiter.records))
        for (const waiter of group) waiter.resolve()
      } catch (error) {
        for (const waiter of group) waiter.reject(error)
      }
    }
    this.#running = undefined
  }

  #take(): Waiter[] {
    let records = 0
    let count = 0
    while (count < this.#waiting.length && (count === 0 || records < groupLimit)) {
      records += this.#waiting[count]?.records.length ?? 0
      count++
    }
    return this.#waiting.splice(0, count)
  }
}
