// SPDX-License-Identifier: Apache-2.0
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const current = 'settled.log'
const previous = 'settled.1.log'

/**
 * Remembers what is settled, over restarts, so that an event that comes again is not told again. Keeps at least the last `limit` keys
 * and at most twice as many. A key is written before it is acknowledged anywhere; a power cut may lose the last ones, which are then
 * told twice. Belongs to one process.
 */
export class Ledger {
  readonly #directory: string
  readonly #limit: number
  #older: Set<string>
  #newer: Set<string>
  #file: number

  private constructor(directory: string, limit: number) {
    this.#directory = directory
    this.#limit = limit
    this.#older = readKeys(join(directory, previous))
    this.#newer = readKeys(join(directory, current))
    this.#file = openSync(join(directory, current), 'a', 0o600)
    // a line that a crash cut short must not run into the next
    writeSync(this.#file, '\n')
  }

  /** Opens the directory, making it where it is missing. Throws what the file system throws. */
  static open(directory: string, limit: number = 100_000): Ledger {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    return new Ledger(directory, limit)
  }

  has(key: string): boolean {
    return this.#newer.has(key) || this.#older.has(key)
  }

  /** Writes the key down; a disk that refuses leaves it in memory alone. */
  add(key: string): void {
    if (this.has(key)) return
    this.#newer.add(key)
    try {
      writeSync(this.#file, `${key}\n`)
      if (this.#newer.size >= this.#limit) this.#turn()
    } catch {
      // remembered in memory: an event told twice is worth less than one not told
    }
  }

  close(): void {
    closeSync(this.#file)
  }

  #turn(): void {
    closeSync(this.#file)
    renameSync(join(this.#directory, current), join(this.#directory, previous))
    this.#file = openSync(join(this.#directory, current), 'a', 0o600)
    this.#older = this.#newer
    this.#newer = new Set()
  }
}

function readKeys(file: string): Set<string> {
  try {
    return new Set(
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
    )
  } catch {
    return new Set()
  }
}
