// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { openRegistry } from '@tidelock/oci'
import type { RegistryClient, RegistryOptions } from '@tidelock/oci'

/** What tells one client of a registry from another. */
export type RegistrySettings = Pick<
  RegistryOptions,
  'registry' | 'credentials' | 'insecure' | 'ca' | 'cert' | 'key' | 'proxy'
>

/** A client in use; disposing hands it back. */
export interface AcquiredRegistry extends AsyncDisposable {
  readonly client: RegistryClient
}

interface Pooled {
  readonly client: RegistryClient
  users: number
}

/**
 * Clients of registries, one for all objects with the same registry and access: connections and tokens are shared. Those that nobody
 * uses are kept, at most `maxIdle`; the one that was not used for longest goes first.
 */
export class RegistryPool implements AsyncDisposable {
  readonly #options: Pick<RegistryOptions, 'userAgent' | 'clock' | 'random'>
  readonly #maxIdle: number
  /** In the order of use, the latest last. */
  readonly #clients = new Map<string, Pooled>()

  constructor(options: Pick<RegistryOptions, 'userAgent' | 'clock' | 'random'>, maxIdle: number = 64) {
    this.#options = options
    this.#maxIdle = maxIdle
  }

  /** Throws what `openRegistry` throws. */
  acquire(settings: RegistrySettings): AcquiredRegistry {
    const key = keyOf(settings)
    const pooled = this.#clients.get(key) ?? {
      client: openRegistry({ ...this.#options, ...settings }),
      users: 0,
    }
    pooled.users++
    this.#clients.delete(key)
    this.#clients.set(key, pooled)
    let isDone = false
    return {
      client: pooled.client,
      [Symbol.asyncDispose]: async () => {
        if (isDone) return
        isDone = true
        pooled.users--
        await this.#trim()
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#clients.values()]
    this.#clients.clear()
    await Promise.all(all.map(({ client }) => client.close()))
  }

  async #trim(): Promise<void> {
    const idle = [...this.#clients].filter(([, { users }]) => users === 0)
    for (const [key, { client }] of idle.slice(0, Math.max(0, idle.length - this.#maxIdle))) {
      this.#clients.delete(key)
      await client.close()
    }
  }
}

/** One key for all that makes a difference; no secret can be read from it. */
function keyOf({ registry, credentials, insecure, ca, cert, key, proxy }: RegistrySettings): string {
  const text = (value: string | Uint8Array | undefined): string | undefined =>
    value === undefined ? undefined : Buffer.from(value).toString('base64')
  const parts = [registry, credentials, insecure === true, text(ca), text(cert), text(key)]
  const through = typeof proxy === 'function' ? 'environment' : proxy
  return createHash('sha256')
    .update(JSON.stringify([...parts, through]))
    .digest('hex')
}
