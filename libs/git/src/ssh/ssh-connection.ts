// SPDX-License-Identifier: Apache-2.0
import { connect, type Socket } from 'node:net'
import type { AuthenticationType, ClientChannel } from 'ssh2'
import { errorMessage } from '@tidelock/errors'
import { dialProxy, type HttpProxy } from '@tidelock/http'
import { GitError } from '../git-error.ts'
import type { OfferedAlgorithms } from './algorithms.ts'
import { awaitIdentification } from './identification.ts'
import type { SshIdentity } from './identity.ts'
import type { SshAddress } from './ssh-address.ts'
import { SshChannel } from './ssh-channel.ts'
import { connectionFailure } from './ssh-failure.ts'
import { loadSsh2 } from './ssh2.ts'

/** Bytes that a server may have sent without being asked, or that wait to be taken by it, before the connection is ended. */
const maxHeldBytes = 16 * 1024 * 1024

export interface SshConnectOptions {
  readonly address: SshAddress
  readonly identity: SshIdentity
  readonly algorithms: OfferedAlgorithms
  /** Throws for a key that the host must not have. */
  readonly verifyHostKey: (key: Buffer) => void
  readonly proxy?: HttpProxy | undefined
  readonly timeoutMs: number
}

/** One authenticated connection. Every wait on it ends when the connection does. */
export class SshConnection {
  readonly #socket: Socket
  readonly #client = new (loadSsh2().Client)()
  readonly #channels = new Set<SshChannel>()
  /** Why it ended; set once. */
  #failure: unknown
  readonly #ended = Promise.withResolvers<never>()

  private constructor(socket: Socket) {
    this.#socket = socket
    // whoever waits races against it; nobody may
    this.#ended.promise.catch(() => undefined)
  }

  /** Connects, checks the host's key and logs in. Throws a `GitError`, or the signal's reason; nothing is left open then. */
  static async open(options: SshConnectOptions, signal: AbortSignal): Promise<SshConnection> {
    const connection = new SshConnection(await openSocket(options, signal))
    try {
      await connection.#during(signal, connection.#logIn(options))
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }

  /** Starts a command. Throws a `GitError`, or the signal's reason. */
  async exec(command: string, env: Record<string, string>, signal: AbortSignal): Promise<SshChannel> {
    const opened = new Promise<ClientChannel>((resolve, reject) => {
      this.#client.exec(command, { env }, (error, channel) => {
        if (error === undefined) resolve(channel)
        else reject(new GitError('ProtocolError', `ssh: the server refused to run ${command}`, { cause: error }))
      })
    })
    const channel = new SshChannel(await this.#during(signal, opened), (act) => this.#during(signal, act))
    this.#channels.add(channel)
    return channel
  }

  /** Why the connection ended; undefined while it is open. */
  get failure(): unknown {
    return this.#failure
  }

  /** Ends the connection at once, and everything that waits on it. */
  close(): void {
    this.#end(new GitError('Unreachable', 'ssh: the connection was closed'))
  }

  /** The result of `act`, unless the connection ends or the signal aborts before, which ends it. */
  async #during<T>(signal: AbortSignal, act: Promise<T>): Promise<T> {
    const onAbort = (): void => this.#end(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    act.catch(() => undefined)
    try {
      if (signal.aborted) onAbort()
      return await Promise.race([this.#ended.promise, act])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  #logIn({ address, identity, algorithms, verifyHostKey }: SshConnectOptions): Promise<void> {
    return new Promise((resolve) => {
      const client = this.#client
      client.on('ready', () => resolve())
      client.on('error', (error) => this.#end(connectionFailure(error, { address, identity, algorithms })))
      client.on('close', () => this.#end(new GitError('Unreachable', 'ssh: the server closed the connection')))
      this.#socket.on('error', (error) => this.#end(connectionFailure(error, { address, identity, algorithms })))
      client.connect({
        sock: this.#socket,
        username: address.user,
        authHandler: keyOnly(address.user, identity),
        // the caller's signal bounds the whole operation
        readyTimeout: 0,
        hostVerifier: (key: Buffer) => this.#accepts(() => verifyHostKey(key)),
        // a compressed stream could grow without bounds
        algorithms: { ...algorithms, compress: ['none'] },
      })
      // ssh2 reads however much comes, window or not
      this.#socket.on('data', () => this.#checkHeld())
    })
  }

  #accepts(check: () => void): boolean {
    try {
      check()
      return true
    } catch (error) {
      this.#end(error)
      return false
    }
  }

  #checkHeld(): void {
    let held = this.#socket.writableLength
    for (const channel of this.#channels) held += channel.heldBytes
    if (held <= maxHeldBytes) return
    this.#end(
      new GitError('LimitExceeded', `ssh: the server sent more than ${maxHeldBytes} bytes beyond the agreed window`),
    )
  }

  #end(reason: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = reason ?? new GitError('Unreachable', 'ssh: the connection ended')
    this.#ended.reject(this.#failure)
    // a failure after the first is nobody's
    this.#client.on('error', () => undefined).destroy()
    this.#socket.on('error', () => undefined).destroy()
  }
}

/** No password, no other key: as one that is refused is told apart. */
function keyOnly(username: string, { key }: SshIdentity): AuthenticationType[] {
  // the types do not know that a parsed key will do
  return [{ type: 'publickey', username, key }] as unknown as AuthenticationType[]
}

/** A connection to a server that has introduced itself. */
async function openSocket(options: SshConnectOptions, signal: AbortSignal): Promise<Socket> {
  const { address, proxy, timeoutMs } = options
  const { host, port } = address
  signal.throwIfAborted()
  const socket =
    proxy === undefined
      ? await connectTo(address, signal)
      : await dialProxy(proxy, { host, port }, { signal, timeoutMs })
  const onAbort = (): void => void socket.destroy()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await awaitIdentification(socket)
    return socket
  } catch (error) {
    socket.on('error', () => undefined).destroy()
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

async function connectTo({ host, port }: SshAddress, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true })
  const settled = Promise.withResolvers<void>()
  const onAbort = (): void => settled.reject(signal.reason as Error)
  signal.addEventListener('abort', onAbort, { once: true })
  socket.once('connect', settled.resolve).once('error', settled.reject)
  try {
    await settled.promise
    socket.off('error', settled.reject)
    return socket
  } catch (error) {
    socket.on('error', () => undefined).destroy()
    signal.throwIfAborted()
    throw new GitError('Unreachable', `ssh: connect to host ${host} port ${port}: ${errorMessage(error)}`, {
      cause: error,
    })
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
