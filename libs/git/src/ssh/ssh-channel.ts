// SPDX-License-Identifier: Apache-2.0
import type { ClientChannel } from 'ssh2'
import { remoteText } from '../remote-text.ts'

/** What a server writes beside the protocol is kept to this many bytes, its end: the last words say most. */
const maxWords = 4096

/** A command that runs on the server. */
export class SshChannel {
  readonly #channel: ClientChannel
  readonly #during: <T>(act: Promise<T>) => Promise<T>
  #words = Buffer.alloc(0)
  #stdoutEnded = false
  #closed = false
  #changed = Promise.withResolvers<void>()

  /** `during` ends a wait when the connection ends. */
  constructor(channel: ClientChannel, during: <T>(act: Promise<T>) => Promise<T>) {
    this.#channel = channel
    this.#during = during
    const tell = (): void => this.#changed.resolve()
    channel.on('readable', tell)
    channel.on('end', () => {
      this.#stdoutEnded = true
      tell()
    })
    channel.on('close', () => {
      this.#stdoutEnded = true
      this.#closed = true
      tell()
    })
    channel.stderr.on('data', (data: Buffer) => {
      this.#words = Buffer.concat([this.#words, data]).subarray(-maxWords)
    })
  }

  /** Bytes that came and were not read yet. */
  get heldBytes(): number {
    return this.#channel.readableLength + this.#channel.stderr.readableLength
  }

  /** What the command said on its error output, fit for a message. */
  get lastWords(): string {
    return remoteText(this.#words)
  }

  write(data: Uint8Array): void {
    this.#channel.write(data)
  }

  /** The command's output as it comes. Throws what the connection ends with. */
  async *output(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const changed = this.#renew()
      const chunk = this.#channel.read() as Buffer | null
      if (chunk !== null) yield chunk
      else if (this.#stdoutEnded) return
      else await this.#during(changed)
    }
  }

  /** Waits until the command has ended and all that it said has come. Throws what the connection ends with. */
  async closed(): Promise<void> {
    for (;;) {
      const changed = this.#renew()
      this.#channel.read()
      if (this.#closed) return
      await this.#during(changed)
    }
  }

  /** Ends the command. `farewell` is what a client says that wants nothing more. */
  close(farewell?: Uint8Array): void {
    if (this.#closed) return
    if (farewell !== undefined) this.#channel.write(farewell)
    this.#channel.end()
    this.#channel.close()
  }

  #renew(): Promise<void> {
    this.#changed = Promise.withResolvers<void>()
    return this.#changed.promise
  }
}
