// SPDX-License-Identifier: Apache-2.0
import type { Clock, Provider } from '@tidelock/api'
import type { AuthDeps } from '@tidelock/auth'
import type { KubeClient, SecretData } from '@tidelock/kube'
import { NotificationError } from '../errors.ts'
import { readSecret } from '../secrets.ts'
import { readDestination } from '../sender/destination.ts'
import type { Destination } from '../sender/destination.ts'
import { checkServiceAccount, withCloudAuthorization } from '../sender/cloud-authorization.ts'
import { withAppToken } from '../sender/github-app.ts'
import { createSender } from '../sender/sender.ts'
import type { Sender } from '../sender/sender.ts'

/** What a message to a Provider goes by. */
export interface Route {
  readonly destination: Destination
  readonly sender: Sender
}

/** Whose tokens clouds are shown. */
export interface Accounts {
  /** Stands for Providers that name no ServiceAccount; empty: the controller itself does. */
  readonly defaultServiceAccount: string
  /** Whether Providers may name one (feature gate ObjectLevelWorkloadIdentity). */
  readonly workloadIdentity: boolean
}

interface Entry {
  readonly version: string
  readonly madeAtMs: number
  readonly route: Promise<Route>
}

/** How long Secrets that were read are taken for true. */
const freshMs = 10_000

/** Routes by Provider, kept while the Provider does not change and its Secrets were read a moment ago. */
export class Destinations {
  readonly #auth: AuthDeps
  readonly #accounts: Accounts
  readonly #client: KubeClient
  readonly #clock: Clock
  readonly #userAgent: string
  readonly #entries = new Map<string, Entry>()
  /** Replaced ones that messages may still be under way on, each with what cancels its timer. */
  readonly #retired = new Map<Entry, () => void>()
  #isClosed = false

  constructor(parts: {
    readonly auth: AuthDeps
    readonly accounts: Accounts
    readonly client: KubeClient
    readonly clock: Clock
    readonly userAgent: string
  }) {
    this.#auth = parts.auth
    this.#accounts = parts.accounts
    this.#client = parts.client
    this.#clock = parts.clock
    this.#userAgent = parts.userAgent
  }

  /** The route to a Provider. Throws `InvalidConfig` for what its Secrets lack. */
  async get(provider: Provider, signal: AbortSignal): Promise<Route> {
    const { uid = '', resourceVersion = '' } = provider.metadata
    const known = this.#entries.get(uid)
    const now = this.#clock.monotonic()
    if (known !== undefined && known.version === resourceVersion && now - known.madeAtMs < freshMs) return known.route
    const route = this.#make(provider, signal)
    this.#entries.set(uid, { version: resourceVersion, madeAtMs: now, route })
    this.#release(known)
    // what failed is not kept; who waits for it hears of it
    route.catch(() => this.forget(uid))
    return route
  }

  /** Forgets a route, so that Secrets are read again for the next message. */
  forget(uid: string): void {
    const known = this.#entries.get(uid)
    this.#entries.delete(uid)
    this.#release(known)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const cancel of this.#retired.values()) cancel()
    const entries = [...this.#entries.values(), ...this.#retired.keys()]
    const routes = await Promise.allSettled(entries.map(({ route }) => route))
    for (const result of routes) if (result.status === 'fulfilled') await result.value.sender.close()
  }

  // messages under way on the old connections end first
  #release(entry: Entry | undefined): void {
    if (entry === undefined) return
    const close = (): void => {
      this.#retired.delete(entry)
      entry.route.then(({ sender }) => sender.close()).catch(() => undefined)
    }
    if (this.#isClosed) return close()
    const cancel = this.#clock.setTimeout(close, 60_000)
    this.#retired.set(entry, cancel)
  }

  async #make(provider: Provider, signal: AbortSignal): Promise<Route> {
    const { spec, metadata } = provider
    checkServiceAccount(provider, this.#accounts.workloadIdentity)
    const readRef = async (ref: { readonly name: string } | undefined): Promise<SecretData | undefined> =>
      ref === undefined ? undefined : readSecret(this.#client, metadata.namespace ?? '', ref.name, signal)
    try {
      const [secret, cert, proxy] = await Promise.all([
        readRef(spec.secretRef),
        readRef(spec.certSecretRef),
        readRef(spec.proxySecretRef),
      ])
      const read = readDestination(provider, { secret, cert, proxy })
      const destination = await this.#authorize(provider, read, signal)
      return {
        destination,
        sender: createSender(destination, { userAgent: this.#userAgent, now: () => this.#clock.now() }),
      }
    } catch (error) {
      if (error instanceof NotificationError) throw error
      // the API server is away, which is nothing that the Provider did
      throw new NotificationError('Unavailable', 'the Secrets or the ServiceAccount of the Provider cannot be read', {
        cause: error,
      })
    }
  }

  async #authorize(provider: Provider, read: Destination, signal: AbortSignal): Promise<Destination> {
    const { defaultServiceAccount } = this.#accounts
    const dependencies = { auth: this.#auth, userAgent: this.#userAgent }
    const destination = await withAppToken(provider.spec.type, read, dependencies, signal)
    const identity = { client: this.#client, defaultServiceAccount }
    const clouds = { ...dependencies, identity, now: () => this.#clock.now() }
    return withCloudAuthorization(provider, destination, clouds, signal)
  }
}
