// SPDX-License-Identifier: Apache-2.0
import { checkPath, normalizeRegistry } from './reference.ts'
import { Repository } from './repository.ts'
import { Session } from './session.ts'
import type { CallOptions, RegistryClient, RegistryOptions, RepositoryClient } from './types.ts'
import { discard } from './wire.ts'

/**
 * A client of one registry; nothing is sent before the first call. The caller closes it.
 * Throws `InvalidReference` for the name, `TlsFailed` for TLS material that cannot be read.
 */
export function openRegistry(options: RegistryOptions): RegistryClient {
  return new Registry({ ...options, registry: normalizeRegistry(options.registry) })
}

class Registry implements RegistryClient {
  readonly registry: string
  readonly #session: Session

  constructor(options: RegistryOptions) {
    this.registry = options.registry
    this.#session = new Session(options)
  }

  repository(path: string): RepositoryClient {
    return new Repository(this.#session, { registry: this.registry, path: checkPath(path) })
  }

  async ping({ signal }: CallOptions = {}): Promise<void> {
    const request = { target: '/v2/', accept: (status: number): boolean => status === 200 }
    const response = await this.#session.wire.retry(
      () => this.#session.send({ ...request, ...(signal === undefined ? {} : { signal }) }),
      signal,
    )
    discard(response)
  }

  async close(): Promise<void> {
    await this.#session[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
