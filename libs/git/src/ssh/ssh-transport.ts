// SPDX-License-Identifier: Apache-2.0
import type { HttpProxy, ProxySelector } from '@tidelock/http'
import { type Advertisement, readAdvertisement, type RemoteRef } from '../advertisement.ts'
import { GitError } from '../git-error.ts'
import { readPack } from '../pack-stream.ts'
import { flushPacket, PacketReader } from '../pkt-line.ts'
import { encodeFetch, encodeListRefs, type FetchRequest, readRefs } from '../requests.ts'
import type { Session, Transport } from '../transport.ts'
import type { GitClock, GitLimits, GitSsh } from '../types.ts'
import { offeredAlgorithms } from './algorithms.ts'
import { type KnownHost, linesFor, parseKnownHosts } from './known-hosts.ts'
import { parseSshAddress, type SshAddress, uploadPackCommand } from './ssh-address.ts'
import type { SshChannel } from './ssh-channel.ts'
import { SshConnection } from './ssh-connection.ts'
import { requireKnownHost, serverFailure } from './ssh-failure.ts'

/** How long the last words of a command that failed are waited for. */
const lastWordsMs = 5000

/** A running `git-upload-pack` that has introduced itself. */
interface Service {
  readonly channel: SshChannel
  readonly reader: PacketReader
  readonly server: Advertisement
}

export interface SshTransportOptions {
  readonly url: URL
  readonly ssh: GitSsh
  readonly proxy?: HttpProxy | ProxySelector | undefined
  readonly limits: GitLimits
  readonly clock: GitClock
  readonly timeoutMs: number
}

/** Git over SSH: one connection, and on it one `git-upload-pack` until a pack was fetched. */
export class SshTransport implements Transport {
  readonly #options: SshTransportOptions
  readonly #address: SshAddress
  readonly #known: readonly KnownHost[]
  #connection: SshConnection | undefined
  #service: Service | undefined

  /** Throws `InvalidUrl` or `KnownHostsInvalid`. */
  constructor(options: SshTransportOptions) {
    this.#options = options
    this.#address = parseSshAddress(options.url)
    this.#known = parseKnownHosts(options.ssh.knownHosts)
  }

  async discover(signal: AbortSignal): Promise<Session> {
    // what an earlier one listed may have changed
    this.#service?.channel.close(flushPacket)
    this.#service = undefined
    return { server: (await this.#ready(signal)).server }
  }

  async listRefs(_session: Session, prefixes: readonly string[], signal: AbortSignal): Promise<readonly RemoteRef[]> {
    const service = await this.#ready(signal)
    const { server, channel, reader } = service
    if (server.version === 0) {
      const { refs } = server
      return prefixes.length === 0
        ? refs
        : refs.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)))
    }
    return this.#explained(service, async () => {
      channel.write(encodeListRefs(prefixes))
      return readRefs(reader, this.#options.limits.refs)
    })
  }

  async *fetchPack(
    _session: Session,
    request: FetchRequest,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const service = await this.#ready(signal)
    // after a pack, or a refusal, the command is done
    this.#service = undefined
    const { server, channel, reader } = service
    try {
      channel.write(encodeFetch(request, server))
      yield* readPack(reader, request, server)
    } catch (error) {
      throw await this.#explain(service, error)
    } finally {
      channel.close()
    }
  }

  async close(): Promise<void> {
    this.#service?.channel.close(flushPacket)
    this.#service = undefined
    this.#connection?.close()
    this.#connection = undefined
  }

  async #ready(signal: AbortSignal): Promise<Service> {
    this.#service ??= await this.#start(signal)
    return this.#service
  }

  async #start(signal: AbortSignal): Promise<Service> {
    this.#connection ??= await this.#connect(signal)
    // a server that refuses the variable answers in version 0
    const channel = await this.#connection.exec(
      uploadPackCommand(this.#address.path),
      { GIT_PROTOCOL: 'version=2' },
      signal,
    )
    const reader = new PacketReader(channel.output())
    return this.#explained({ channel, reader }, async () => {
      const server = await readAdvertisement(reader, this.#options.limits.refs)
      return { channel, reader, server }
    })
  }

  #connect(signal: AbortSignal): Promise<SshConnection> {
    const { ssh, proxy, timeoutMs } = this.#options
    const { host, port } = this.#address
    const algorithms = offeredAlgorithms(ssh, linesFor(this.#known, this.#address))
    return SshConnection.open(
      {
        address: this.#address,
        identity: ssh.identity,
        algorithms,
        verifyHostKey: (key) => requireKnownHost(this.#known, { host, port }, key),
        proxy: typeof proxy === 'function' ? proxy(this.#options.url) : proxy,
        timeoutMs,
      },
      signal,
    )
  }

  async #explained<T>(service: Pick<Service, 'channel' | 'reader'>, act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      this.#service = undefined
      const explained = await this.#explain(service, error)
      service.channel.close()
      throw explained
    }
  }

  /** The server's own words where it ended instead of answering. */
  async #explain({ channel }: Pick<Service, 'channel'>, error: unknown): Promise<unknown> {
    const ended = this.#connection?.failure
    // what was read before that may make no sense
    if (ended instanceof GitError && ended.code === 'LimitExceeded') return ended
    const unclear = error instanceof GitError && (error.code === 'ProtocolError' || error.code === 'Unreachable')
    if (!unclear || error.details['remote'] === true) return error
    const waited = Promise.withResolvers<void>()
    const cancel = this.#options.clock.setTimeout(waited.resolve, lastWordsMs)
    // what ends the connection meanwhile was met before
    await Promise.race([channel.closed().catch(() => undefined), waited.promise])
    cancel()
    return channel.lastWords === '' ? error : serverFailure(channel.lastWords)
  }
}
