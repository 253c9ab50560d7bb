// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A directory that stays as it is until it is released. */
export interface CheckedOut {
  readonly directory: string
  readonly bytes: number
  release(): void
}

interface Entry {
  readonly directory: string
  readonly bytes: number
  users: number
}

/** Checked out commits on disk, shared by all builds, bounded in bytes: the least recently used go first, those in use never. */
export class CheckOuts {
  readonly #root: string
  readonly #maxBytes: number
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>()
  readonly #loading = new Map<string, Promise<void>>()
  #next = 0

  private constructor(root: string, maxBytes: number) {
    this.#root = root
    this.#maxBytes = maxBytes
  }

  /** Begins empty: what an earlier process left is removed. */
  static async open(root: string, maxBytes: number): Promise<CheckOuts> {
    await rm(root, { recursive: true, force: true })
    await mkdir(root, { recursive: true, mode: 0o700 })
    return new CheckOuts(root, maxBytes)
  }

  /** Where packs may lie while they are in use. */
  get scratchDir(): string {
    return this.#root
  }

  /** The directory of that key; `load` fills a new one and returns its bytes. One at a time does so. Throws what `load` throws. */
  async acquire(key: string, load: (directory: string) => Promise<number>): Promise<CheckedOut> {
    for (;;) {
      const known = this.#use(key)
      if (known !== undefined) return known
      const loading = this.#loading.get(key)
      if (loading === undefined) break
      // it may fail for a reason of its own, such as being aborted
      await loading.catch(() => undefined)
    }
    const started = this.#load(key, load)
    this.#loading.set(key, started)
    try {
      await started
    } finally {
      this.#loading.delete(key)
    }
    const loaded = this.#use(key)
    if (loaded === undefined) throw new Error(`the check-out ${key} was removed`)
    await this.#shrink()
    return loaded
  }

  async close(): Promise<void> {
    this.#entries.clear()
    await rm(this.#root, { recursive: true, force: true })
  }

  async #load(key: string, load: (directory: string) => Promise<number>): Promise<void> {
    const scratch = join(this.#root, `.new-${++this.#next}`)
    const directory = join(this.#root, `${createHash('sha256').update(key).digest('hex').slice(0, 24)}-${this.#next}`)
    try {
      const bytes = await load(scratch)
      await rename(scratch, directory)
      this.#entries.set(key, { directory, bytes, users: 0 })
    } catch (error) {
      await rm(scratch, { recursive: true, force: true })
      throw error
    }
  }

  #use(key: string): CheckedOut | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.users++
    let released = false
    const release = (): void => {
      if (!released) entry.users--
      released = true
    }
    return { directory: entry.directory, bytes: entry.bytes, release }
  }

  async #shrink(): Promise<void> {
    let total = this.#entries.values().reduce((sum, { bytes }) => sum + bytes, 0)
    for (const [key, { directory, bytes, users }] of [...this.#entries]) {
      if (total <= this.#maxBytes) return
      if (users > 0) continue
      this.#entries.delete(key)
      total -= bytes
      await rm(directory, { recursive: true, force: true })
    }
  }
}
