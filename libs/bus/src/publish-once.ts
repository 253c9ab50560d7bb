// SPDX-License-Identifier: Apache-2.0
import type { Authenticator, NatsConnection } from '@nats-io/transport-node'
import { errorMessage, redactUrl } from '@tidelock/errors'
import { BusError } from './errors.ts'

/** As whom one is at a NATS server; the first that is given counts. */
export interface NatsCredentials {
  /** Content of a `.creds` file: a JWT and its seed. */
  readonly creds?: string
  /** An nkey seed. */
  readonly nkey?: string
  readonly user?: { readonly name: string; readonly password: string }
}

/** A message for somebody else's NATS server. */
export interface OneMessage {
  /** `nats://host:port`, several separated by commas; `tls://` for TLS. */
  readonly url: string
  readonly subject: string
  readonly payload: string
  readonly credentials: NatsCredentials
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string }
  /** Name of the client, shown by the server. */
  readonly name: string
  /** Bound of connecting, in ms. */
  readonly timeoutMs: number
}

/**
 * Connects, publishes to a subject of core NATS, waits until the server has it, and disconnects. Throws `CredentialsInvalid` for
 * credentials of the wrong form, `Rejected` where the server does not permit it, `Unavailable` for all else, and the signal's reason.
 */
export async function publishOnce(message: OneMessage, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const connection = await connectOnce(message)
  const abort = (): void => void connection.close()
  signal.addEventListener('abort', abort, { once: true })
  const refusals: Error[] = []
  const watching = collect(connection, refusals)
  try {
    connection.publish(message.subject, message.payload)
    // what the server has against it comes before the answer to this
    await connection.flush()
  } catch (cause) {
    signal.throwIfAborted()
    throw new BusError('Unavailable', `publishing to ${redactUrl(message.url)}: ${errorMessage(cause)}`)
  } finally {
    signal.removeEventListener('abort', abort)
    await connection.close()
    await watching
  }
  signal.throwIfAborted()
  const [refusal] = refusals
  if (refusal !== undefined) throw new BusError('Rejected', `the NATS server refuses: ${refusal.message}`)
}

async function connectOnce({ url, credentials, tls, name, timeoutMs }: OneMessage): Promise<NatsConnection> {
  const { connect } = await import('@nats-io/transport-node')
  const authenticator = await authenticatorOf(credentials)
  try {
    return await connect({
      servers: url.split(',').map((each) => each.trim()),
      name,
      timeout: timeoutMs,
      reconnect: false,
      ...(authenticator === undefined ? {} : { authenticator }),
      ...(tls.ca === undefined && tls.cert === undefined ? {} : { tls }),
    })
  } catch (cause) {
    throw new BusError('Unavailable', `connecting to NATS at ${redactUrl(url)}: ${errorMessage(cause)}`)
  }
}

async function authenticatorOf({ creds, nkey, user }: NatsCredentials): Promise<Authenticator | undefined> {
  const { credsAuthenticator, nkeyAuthenticator, nkeys, usernamePasswordAuthenticator } =
    await import('@nats-io/transport-node')
  const bytes = new TextEncoder().encode(creds ?? nkey?.trim() ?? '')
  try {
    if (creds !== undefined) return credsAuthenticator(bytes)
    if (nkey !== undefined) {
      nkeys.fromSeed(bytes)
      return nkeyAuthenticator(bytes)
    }
  } catch {
    // the cause would quote from the seed
    throw new BusError(
      'CredentialsInvalid',
      creds === undefined ? 'nkey is no nkey seed (SU…)' : 'creds is no content of a .creds file',
    )
  }
  return user === undefined ? undefined : usernamePasswordAuthenticator(user.name, user.password)
}

async function collect(connection: NatsConnection, into: Error[]): Promise<void> {
  for await (const status of connection.status()) if (status.type === 'error') into.push(status.error)
}
