// SPDX-License-Identifier: Apache-2.0
import { openRegistry } from '@tidelock/oci'
import type { RegistryClient, RegistryOptions } from '@tidelock/oci'
import { clientKey } from '../connections/client-key.ts'
import type { Acquired, KeptClients } from '../connections/kept-clients.ts'
import { idleConnectionMs } from '../connections/limits.ts'

/** What tells one client of a registry from another. */
export type RegistrySettings = Pick<
  RegistryOptions,
  'registry' | 'credentials' | 'insecure' | 'ca' | 'cert' | 'key' | 'proxy'
>

/** Whose client it is. */
export interface RegistryUser {
  readonly owner: string
  readonly namespace: string
}

/** Clients of registries, one for all objects with the same registry and access: connections and tokens are shared. */
export class RegistryPool {
  readonly #options: Pick<RegistryOptions, 'userAgent' | 'clock' | 'random'>
  readonly #clients: KeptClients<RegistryClient>

  constructor(options: Pick<RegistryOptions, 'userAgent' | 'clock' | 'random'>, clients: KeptClients<RegistryClient>) {
    this.#options = options
    this.#clients = clients
  }

  /** Throws what `openRegistry` throws. */
  acquire({ owner, namespace }: RegistryUser, settings: RegistrySettings): Acquired<RegistryClient> {
    const { registry, insecure = false, proxy, credentials, ca, cert, key } = settings
    const tls = {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined || key === undefined ? {} : { cert, key }),
    }
    const use = {
      ...{ owner, purpose: 'registry' },
      key: clientKey({ namespace, server: [registry, insecure], tls, proxy, credentials }),
    }
    const timeouts = { idleMs: idleConnectionMs }
    return this.#clients.acquire(use, () => openRegistry({ ...this.#options, timeouts, ...settings }))
  }

  /** The object is gone. */
  forget(owner: string): Promise<void> {
    return this.#clients.forget(owner)
  }
}
