// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node'
import { redactUrl } from '@tidelock/errors'
import { backoffMs } from './backoff.ts'
import { BusError } from './errors.ts'
import type { BusLog } from './record.ts'

/** How to reach NATS and as whom. */
export interface NatsOptions {
  /** `nats://host:port`, several separated by commas; `tls://` for TLS. */
  readonly url: string
  /** File with an nkey seed; read again for each connection, so that a rotated key is taken up. Absent: no authentication. */
  readonly seedFile?: string
  /** Files with PEM for TLS: the authority that signed the server's certificate, and a client's certificate with its key. Absent: the system's authorities, no client certificate. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
  /**
   * Name of the client, shown by the server. Replies come to `_INBOX.<name>.>`: the only subject that a publisher must
   * be allowed to subscribe to.
   */
  readonly name: string
  readonly log: BusLog
  readonly random: () => number
  /** Bound of connecting and of one request. Absent: 5 s. */
  readonly timeoutMs?: number
}

/** Of connecting; a time-out that is longer makes several. */
const longestTryMs = 5000

/**
 * A connection that is made when it is first needed, and made anew when it was closed for good. Between the two the
 * client reconnects for ever by itself. The NATS client is loaded with the first use.
 */
export class BusConnection {
  readonly #options: NatsOptions
  #current: Promise<NatsConnection> | undefined
  #closed = false

  constructor(options: NatsOptions) {
    this.#options = options
  }

  /** The live connection. Throws `Unavailable` when none can be had now, `CredentialsInvalid` for an unusable seed file. */
  async get(): Promise<NatsConnection> {
    if (this.#closed) throw new BusError('Unavailable', 'the connection to NATS was closed')
    const connection = await (this.#current ??= this.#connect())
    if (!connection.isClosed()) return connection
    this.#current = undefined
    return this.get()
  }

  /** Sends what is under way, then closes. Later calls of `get` throw. */
  async close(): Promise<void> {
    this.#closed = true
    const connection = await this.#current?.catch(() => undefined)
    if (connection !== undefined && !connection.isClosed()) await connection.drain().catch(() => connection.close())
  }

  async #connect(): Promise<NatsConnection> {
    const { url, log } = this.#options
    try {
      const authenticator = await this.#authenticator()
      const connection = await this.#dial(authenticator)
      log.info({ server: redactUrl(connection.getServer()) }, 'connected to NATS')
      void this.#watch(connection)
      return connection
    } catch (cause) {
      this.#current = undefined
      if (cause instanceof BusError) throw cause
      throw new BusError('Unavailable', `connecting to NATS at ${redactUrl(url)}`, { cause })
    }
  }

  /** A server that hangs up on who was slow to say who it is leaves the client waiting for its time-out: one that is long is cut in tries. */
  async #dial(authenticator: Pick<ConnectionOptions, 'authenticator'>): Promise<NatsConnection> {
    const { connect } = await import('@nats-io/transport-node')
    const { timeoutMs = longestTryMs } = this.#options
    for (let left = timeoutMs; ; left -= longestTryMs) {
      try {
        return await connect({ ...this.#settings(), ...authenticator, timeout: Math.min(left, longestTryMs) })
      } catch (error) {
        if (!(error instanceof Error && error.name === 'TimeoutError') || left <= longestTryMs) throw error
      }
    }
  }

  #settings(): ConnectionOptions {
    const { url, name, random, tls } = this.#options
    let attempt = 0
    return {
      servers: url.split(',').map((each) => each.trim()),
      name,
      ...(tls === undefined ? {} : { tls }),
      inboxPrefix: `_INBOX.${name.replaceAll(/[^A-Za-z0-9_-]/g, '-')}`,
      maxReconnectAttempts: -1,
      // a server that refuses us names its peers, and they it: the first connection would be tried round and round, without an answer
      ignoreClusterUpdates: true,
      // a server that refuses us now may know our key after its reload
      ignoreAuthErrorAbort: true,
      reconnectDelayHandler: () => backoffMs(++attempt % 8 || 8, { baseMs: 250, maxMs: 15_000 }, random),
    }
  }

  async #authenticator(): Promise<Pick<ConnectionOptions, 'authenticator'>> {
    const { seedFile } = this.#options
    if (seedFile === undefined) return {}
    const seed = await readFile(seedFile, 'utf8').catch((cause: unknown) => {
      throw new BusError('CredentialsInvalid', `--nats-seed-file ${seedFile} cannot be read`, { cause })
    })
    const { nkeyAuthenticator, nkeys } = await import('@nats-io/transport-node')
    const bytes = Buffer.from(seed.trim())
    try {
      nkeys.fromSeed(bytes)
    } catch {
      // the cause would quote from the seed
      throw new BusError('CredentialsInvalid', `--nats-seed-file ${seedFile} does not hold an nkey seed (SU…)`)
    }
    return { authenticator: nkeyAuthenticator(bytes) }
  }

  async #watch(connection: NatsConnection): Promise<void> {
    const { log } = this.#options
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') log.info({}, 'connection to NATS lost')
      else if (status.type === 'reconnect') log.info({}, 'connection to NATS is back')
      else if (status.type === 'error') log.error({ error: status.error.message }, 'NATS reports an error')
    }
  }
}
