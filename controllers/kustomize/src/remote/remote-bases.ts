// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@tidelock/api'
import type { Clock } from '@tidelock/api'
import { CodedError } from '@tidelock/errors'
import { createHttpClient, readBounded } from '@tidelock/http'
import type { HttpClient } from '@tidelock/http'
import type { RemoteFile, RemoteReader, RemoteRepository } from '@tidelock/kustomize-wasm'
import { checkOut, isCommitId, openGit, resolveGitRef } from './check-out.ts'
import type { CheckOutOptions } from './check-out.ts'
import { CheckOuts } from './check-outs.ts'
import type { CheckedOut } from './check-outs.ts'

/** Where remote bases are kept, and how much of them. */
export interface RemoteBasesOptions {
  /** A directory of its own; what is in it is removed. */
  readonly root: string
  readonly clock: Clock
  readonly userAgent: string
  /** Of all repositories kept, and of those of one build. Default 512 MiB. */
  readonly maxBytes?: number
}

const mebibyte = 2 ** 20
const maxFileBytes = 10 * mebibyte

/**
 * Fetches the files and Git repositories that kustomizations name by URL (`--no-remote-bases` does without it). A repository is checked out
 * once a commit and shared; a reference that is no commit id is asked for at every build. Credentials are those in the URL, and reach no
 * other server by a redirect.
 */
export class RemoteBases implements AsyncDisposable {
  readonly #options: RemoteBasesOptions
  readonly #checkOuts: CheckOuts
  readonly #http: HttpClient

  private constructor(options: RemoteBasesOptions, checkOuts: CheckOuts) {
    this.#options = options
    this.#checkOuts = checkOuts
    this.#http = createHttpClient({ userAgent: options.userAgent })
  }

  static async open(options: RemoteBasesOptions): Promise<RemoteBases> {
    return new RemoteBases(options, await CheckOuts.open(options.root, options.maxBytes ?? 512 * mebibyte))
  }

  /** What one build reads with, for at most the time. Dispose of it when the build has ended. */
  session(limitMs: number): RemoteSession {
    const { clock, userAgent, maxBytes = 512 * mebibyte } = this.#options
    return new RemoteSession({ clock, userAgent, maxBytes, limitMs, http: this.#http, checkOuts: this.#checkOuts })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http.close()
    await this.#checkOuts.close()
  }
}

interface SessionOptions {
  readonly clock: Clock
  readonly userAgent: string
  readonly maxBytes: number
  readonly limitMs: number
  readonly http: HttpClient
  readonly checkOuts: CheckOuts
}

/** The remote things of one build. */
export class RemoteSession implements RemoteReader, Disposable {
  readonly #options: SessionOptions
  readonly #late = new AbortController()
  readonly #cancel: () => void
  readonly #held: CheckedOut[] = []
  /** URLs read by GET; one that turned out to be a pinned repository does not count. */
  readonly #loose = new Set<string>()
  #bytes = 0

  constructor(options: SessionOptions) {
    this.#options = options
    const { clock, limitMs } = options
    const tooSlow = new CodedError('Timeout', `not complete after ${formatDuration(limitMs)}`)
    this.#cancel = clock.setTimeout(() => this.#late.abort(tooSlow), limitMs)
  }

  /** Whether another build would read the same: everything was named by its commit. */
  get repeatable(): boolean {
    return this.#loose.size === 0
  }

  async readFile(url: string, signal: AbortSignal | undefined): Promise<RemoteFile> {
    this.#loose.add(url)
    const combined = this.#within(signal)
    const { status, body } = await this.#options.http.request({ url, signal: combined, maxBodyBytes: maxFileBytes })
    const content = await readBounded(body, maxFileBytes)
    this.#count(content.byteLength)
    return { status, content }
  }

  async openRepository(repository: RemoteRepository, signal: AbortSignal | undefined): Promise<string> {
    const { url, ref, submodules, timeoutMs, raw } = repository
    const { clock, userAgent, maxBytes, checkOuts } = this.#options
    const options: CheckOutOptions = {
      ...{ clock, userAgent, submodules, timeoutMs },
      scratchDir: checkOuts.scratchDir,
      maxBytes: maxBytes - this.#bytes,
      signal: this.#within(signal),
    }
    if (isCommitId(ref)) this.#loose.delete(raw)
    else this.#loose.add(raw)
    await using remote = openGit(url, options)
    const resolved = await resolveGitRef(remote, ref, options.signal)
    const key = JSON.stringify([url, resolved.commit, submodules])
    const held = await checkOuts.acquire(key, (directory) => checkOut(remote, { url, resolved, directory }, options))
    this.#held.push(held)
    this.#count(held.bytes)
    return held.directory
  }

  [Symbol.dispose](): void {
    this.#cancel()
    for (const held of this.#held.splice(0)) held.release()
  }

  #within(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#late.signal : AbortSignal.any([signal, this.#late.signal])
  }

  #count(bytes: number): void {
    const { maxBytes } = this.#options
    this.#bytes += bytes
    if (this.#bytes > maxBytes)
      throw new CodedError('LimitExceeded', `the remote bases of this build have more than ${maxBytes / mebibyte} MiB`)
  }
}
