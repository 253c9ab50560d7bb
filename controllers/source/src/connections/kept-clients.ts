// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'

/** What an object needs a client for: it needs one a purpose, and none any more when it is gone. */
export interface ClientUse {
  /** Kind, namespace and name of the object. */
  readonly owner: string
  readonly purpose: string
  /** Stands for all that makes a difference: clients of one key may be shared. No secret may be read from it. */
  readonly key: string
}

/** A client in use; disposing hands it back. */
export interface Acquired<C> extends AsyncDisposable {
  readonly client: C
}

interface Closable {
  close(): Promise<void>
}

interface Kept<C> {
  readonly client: C
  readonly owners: Set<string>
  users: number
  usedMs: number
}

/** Bounds on clients that nobody uses at the moment. */
export interface KeptClientsOptions {
  readonly clock: Pick<Clock, 'monotonic'>
  /** The one that was not used for longest goes first. Default 128. */
  readonly maxIdle?: number
  /** Default an hour. */
  readonly maxIdleMs?: number
}

/**
 * Clients that stay open between the runs of the objects that use them, shared by those with the same key. One is closed when no object
 * needs it any more: each comes with another key (its Secret changed) or is gone.
 */
export class KeptClients<C extends Closable> implements AsyncDisposable {
  readonly #options: Required<KeptClientsOptions>
  /** By key, in the order of use, the latest last. */
  readonly #kept = new Map<string, Kept<C>>()
  /** The key that an object came with last, by object and purpose. */
  readonly #keys = new Map<string, string>()
  #isClosed = false

  constructor({ clock, maxIdle = 128, maxIdleMs = 3_600_000 }: KeptClientsOptions) {
    this.#options = { clock, maxIdle, maxIdleMs }
  }

  /** The client of the key, opened where there is none. Throws what `open` throws. */
  acquire({ owner, purpose, key }: ClientUse, open: () => C): Acquired<C> {
    const use = useOf(owner, purpose)
    const found = this.#kept.get(key)
    const kept = found ?? { client: open(), owners: new Set<string>(), users: 0, usedMs: 0 }
    const before = this.#keys.get(use)
    if (before !== undefined && before !== key) this.#disown(before, use)
    this.#keys.set(use, key)
    kept.owners.add(use)
    kept.users++
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    let isDone = false
    return {
      client: kept.client,
      [Symbol.asyncDispose]: async () => {
        if (isDone) return
        isDone = true
        kept.users--
        kept.usedMs = this.#options.clock.monotonic()
        await this.#trim()
      },
    }
  }

  /** The object is gone. */
  async forget(owner: string): Promise<void> {
    for (const [use, key] of this.#keys) {
      if (!use.startsWith(useOf(owner, ''))) continue
      this.#keys.delete(use)
      this.#disown(key, use)
    }
    await this.#trim()
  }

  /** What is still in use is closed as well; what is acquired from now on, when it is handed back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    const all = [...this.#kept.values()]
    this.#kept.clear()
    this.#keys.clear()
    await Promise.all(all.map(({ client }) => client.close()))
  }

  #disown(key: string, use: string): void {
    this.#kept.get(key)?.owners.delete(use)
  }

  async #trim(): Promise<void> {
    const { clock, maxIdle, maxIdleMs } = this.#options
    const oldestMs = clock.monotonic() - maxIdleMs
    const idle = [...this.#kept].filter(([, { users }]) => users === 0)
    const surplus = idle.length - (this.#isClosed ? 0 : maxIdle)
    const closing = idle.filter(([, { owners, usedMs }], at) => at < surplus || owners.size === 0 || usedMs < oldestMs)
    for (const [key] of closing) this.#kept.delete(key)
    await Promise.all(closing.map(([, { client }]) => client.close()))
  }
}

function useOf(owner: string, purpose: string): string {
  return `${owner}\n${purpose}`
}
