// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { Artifact, Clock } from '@tidelock/api'
import type { ArtifactIndex, UnpackLimits } from '@tidelock/archive'
import { changeTree, indexDigest, parseIndex, unpackArchive } from '@tidelock/archive'
import { hasCode } from '@tidelock/errors'
import type { HttpClient } from '@tidelock/http'
import { parseDigest } from '../digest.ts'
import { KeyedLock } from '../keyed-lock.ts'
import { indexMetadataKey } from '../names.ts'
import type { Copy } from './copies.ts'
import { Copies } from './copies.ts'
import { Downloader } from './download.ts'
import { RecentIndexes } from './recent-indexes.ts'
import type { HostOverride } from './download.ts'
import { SharedLoad } from './shared-load.ts'

/** Where artifacts are kept and how they are fetched. */
export interface ArtifactCacheOptions {
  /** The cache's own directory; made when missing. */
  readonly root: string
  /** What all copies together may take on disk. Copies in use stay, even beyond it. */
  readonly maxBytes: number
  readonly http: HttpClient
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  /** Default 9, as Flux's `--http-retry`. */
  readonly retries?: number
  /** `host:port` that replaces that of artifacts' URLs (Flux's SOURCE_CONTROLLER_LOCALHOST and SOURCE_WATCHER_LOCALHOST). */
  readonly hostOverride?: HostOverride
  /** Bytes of one download. Default 1 GiB. */
  readonly maxDownloadBytes?: number
  readonly limits?: UnpackLimits
  /** Told of what does not fail anyone: a published index that does not fit its artifact, a copy that cannot be removed. */
  readonly onWarning?: (message: string, error?: unknown) => void
}

/** An artifact in use. To be released once, in whatever way its use ends. */
export interface AcquiredArtifact extends Disposable {
  /** Holds the unpacked files; shared, so nobody writes there. */
  readonly directory: string
  readonly index: ArtifactIndex
  /** Ends the use; calling it again does nothing. */
  release(): void
}

interface Entry {
  readonly name: string
  /** The directory of the artifact at its server: artifacts of one source are there. Undefined before anybody asked for it. */
  source?: string
  load?: SharedLoad<Copy>
  copy?: Copy
  /** What is on disk of it, as far as we know. */
  bytes: number
  users: number
}

/**
 * Unpacked artifacts, one copy for each digest, shared by everyone in the process: fetched, checked and unpacked once however many
 * ask. Unused copies go, the longest unused first, when all together take more than `maxBytes`. Processes may share a root; a process
 * has one cache for it.
 */
export class ArtifactCache {
  readonly #options: ArtifactCacheOptions
  readonly #copies: Copies
  readonly #downloads: Downloader
  /** By name, least recently used first. An entry without a copy and a load is one from before a restart, not checked yet. */
  readonly #entries = new Map<string, Entry>()
  readonly #indexes = new Map<string, SharedLoad<ArtifactIndex>>()
  readonly #published = new RecentIndexes()
  /** A copy is not removed while it is being made, nor the other way round. */
  readonly #lock = new KeyedLock()
  /** Work that nobody waits for; `close` does. */
  readonly #background = new Set<Promise<void>>()
  #evicting: Promise<void> | undefined

  private constructor(options: ArtifactCacheOptions, copies: Copies) {
    this.#options = options
    this.#copies = copies
    this.#downloads = new Downloader({
      http: options.http,
      clock: options.clock,
      retries: options.retries ?? 9,
      maxBytes: options.maxDownloadBytes ?? 1024 ** 3,
      ...(options.hostOverride === undefined ? {} : { hostOverride: options.hostOverride }),
    })
  }

  /** Opens a cache: removes what a crash left half done and takes over the copies that are there. */
  static async open(options: ArtifactCacheOptions): Promise<ArtifactCache> {
    const startedMs = Date.now() - process.uptime() * 1000
    const copies = new Copies(options.root, startedMs)
    await copies.prepare()
    const cache = new ArtifactCache(options, copies)
    for (const { name, bytes } of await copies.list()) cache.#entries.set(name, { name, bytes, users: 0 })
    return cache
  }

  /** What the copies take on disk, about, and how many are in use. */
  get stats(): { readonly bytes: number; readonly copies: number; readonly inUse: number } {
    const entries = [...this.#entries.values()]
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0)
    return { bytes, copies: entries.length, inUse: entries.filter(({ users }) => users > 0).length }
  }

  /**
   * The unpacked files of an artifact. Throws `ArtifactError` (`NotFound` when the source has it no longer or not yet), `ArchiveError`,
   * or the signal's reason; an aborted caller does not disturb others that wait for the same artifact.
   */
  async acquire(artifact: Artifact, signal?: AbortSignal): Promise<AcquiredArtifact> {
    signal?.throwIfAborted()
    const entry = this.#use(artifact)
    try {
      const copy = entry.copy ?? (await this.#loading(entry, artifact).wait(signal))
      return this.#lend(entry, copy)
    } catch (error) {
      this.#unuse(entry)
      throw error
    }
  }

  /**
   * What an artifact holds, without unpacking where that is possible: from the copy, else as the source published it, else by
   * acquiring the artifact. Throws as `acquire`.
   */
  async readIndex(artifact: Artifact, signal?: AbortSignal): Promise<ArtifactIndex> {
    const name = nameOf(artifact)
    const copy = this.#entries.get(name)?.copy
    if (copy !== undefined) return copy.index
    const published = artifact.metadata?.[indexMetadataKey]
    if (published !== undefined) {
      const index = this.#published.get(published) ?? (await this.#publishedIndex(artifact, published, signal))
      if (index !== undefined) {
        this.#published.set(published, index)
        return index
      }
    }
    using acquired = await this.acquire(artifact, signal)
    return acquired.index
  }

  /** Waits for work in the background. Copies stay on disk for the next start; other processes may remove them now. */
  async close(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background)
    for (const { name } of this.#entries.values()) await this.#copies.markers.remove(name)
  }

  #use(artifact: Artifact): Entry {
    const name = nameOf(artifact)
    const entry = this.#entries.get(name) ?? { name, bytes: 0, users: 0 }
    // last in the map: most recently used
    this.#entries.delete(name)
    this.#entries.set(name, entry)
    entry.users += 1
    entry.source = posix.dirname(artifact.path)
    return entry
  }

  #unuse(entry: Entry): void {
    entry.users -= 1
    if (entry.users > 0) return
    // nothing came of it, and nothing was there before
    if (entry.bytes === 0 && this.#entries.get(entry.name) === entry) this.#entries.delete(entry.name)
    if (entry.copy === undefined) return
    this.#inBackground(this.#copies.touch(entry.name, this.#options.clock.now()))
    this.#evict()
  }

  #lend(entry: Entry, copy: Copy): AcquiredArtifact {
    let isReleased = false
    const release = (): void => {
      if (isReleased) return
      isReleased = true
      this.#unuse(entry)
    }
    return { directory: this.#copies.directory(copy.name), index: copy.index, release, [Symbol.dispose]: release }
  }

  #loading(entry: Entry, artifact: Artifact): SharedLoad<Copy> {
    if (entry.load !== undefined && !entry.load.abandoned) return entry.load
    const load = new SharedLoad(async (signal) => {
      try {
        return await this.#lock.run(entry.name, () => this.#load(entry, artifact, signal))
      } finally {
        if (entry.load === load) delete entry.load
      }
    })
    entry.load = load
    return load
  }

  async #load(entry: Entry, artifact: Artifact, signal: AbortSignal): Promise<Copy> {
    const { name } = entry
    signal.throwIfAborted()
    await this.#copies.markers.add(name)
    let copy: Copy | undefined
    try {
      copy = await this.#copies.adopt(name, signal)
      if (copy === undefined) entry.bytes = 0
      copy ??= await this.#fetch(entry, artifact, signal)
    } finally {
      if (copy === undefined) await this.#copies.markers.remove(name)
    }
    entry.copy = copy
    entry.bytes = copy.bytes
    // those who asked may all have given up meanwhile
    if (!this.#entries.has(name)) this.#entries.set(name, entry)
    this.#evict()
    return copy
  }

  async #fetch(entry: Entry, artifact: Artifact, signal: AbortSignal): Promise<Copy> {
    const scratch = await this.#copies.scratch()
    try {
      const archive = join(scratch, 'archive')
      await this.#downloads.toFile(artifact, parseDigest(artifact.digest), archive, signal)
      const unpack = (directory: string, base?: ArtifactIndex): Promise<ArtifactIndex> => {
        const options = { limits: this.#options.limits ?? {}, signal, ...(base === undefined ? {} : { base }) }
        return unpackArchive(createReadStream(archive), directory, options)
      }
      const made = (await this.#fromPredecessor(entry, scratch, unpack)) ?? {
        directory: join(scratch, 'tree'),
        index: await unpack(join(scratch, 'tree')),
      }
      this.#compare(artifact, made.index)
      return await this.#copies.publish(made.directory, entry.name, made.index, signal)
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  }

  /**
   * The tree made of the copy of an earlier artifact of the same source that nobody uses any more, which is gone then: as many files
   * are written as differ. Undefined when there is none to be had.
   */
  async #fromPredecessor(
    entry: Entry,
    scratch: string,
    unpack: (directory: string, base: ArtifactIndex) => Promise<ArtifactIndex>,
  ): Promise<{ readonly directory: string; readonly index: ArtifactIndex } | undefined> {
    const { name, source } = entry
    const mayServe = (each: Entry): boolean => each.users === 0 && each.copy !== undefined && each.name !== name
    const earlier = [...this.#entries.values()].findLast((each) => each.source === source && mayServe(each))
    if (earlier?.copy === undefined) return undefined
    const from = earlier.copy.index
    const staged = join(scratch, 'changes')
    const index = await unpack(staged, from)
    // somebody may have begun to use it meanwhile
    if (!mayServe(earlier) || this.#entries.get(earlier.name) !== earlier) return undefined
    const taken = await this.#removing(earlier, () => this.#copies.take(earlier.name))
    if (taken === undefined) return undefined
    const directory = join(scratch, 'predecessor')
    await rename(taken, directory)
    try {
      await changeTree(directory, { from, to: index, staged })
      return { directory, index }
    } catch (error) {
      this.#options.onWarning?.(`copy ${earlier.name} does not hold what was unpacked there: unpacking anew`, error)
      return undefined
    }
  }

  /** The bytes of an index are the same for the same tree, so that comparing digests compares the whole. */
  #compare(artifact: Artifact, index: ArtifactIndex): void {
    const published = artifact.metadata?.[indexMetadataKey]
    if (published === undefined || published === indexDigest(index)) return
    this.#options.onWarning?.(`the index published for ${artifact.path} does not fit the artifact: using our own`)
  }

  async #publishedIndex(artifact: Artifact, digest: string, signal?: AbortSignal): Promise<ArtifactIndex | undefined> {
    const running = this.#indexes.get(digest)
    const load =
      running !== undefined && !running.abandoned
        ? running
        : new SharedLoad(async (own) => parseIndex(await this.#downloads.index(artifact, parseDigest(digest), own)))
    this.#indexes.set(digest, load)
    try {
      return await load.wait(signal)
    } catch (error) {
      signal?.throwIfAborted()
      // a server that cannot be reached has no archive either, and all retries are used up
      if (hasCode(error, 'FetchFailed')) throw error
      this.#options.onWarning?.(`the index published for ${artifact.path} cannot be used`, error)
      return undefined
    } finally {
      if (this.#indexes.get(digest) === load) this.#indexes.delete(digest)
    }
  }

  /** Starts an eviction unless one is under way. */
  #evict(): void {
    if (this.#evicting !== undefined || this.stats.bytes <= this.#options.maxBytes) return
    this.#evicting = this.#evictUnused().finally(() => {
      this.#evicting = undefined
    })
    this.#inBackground(this.#evicting)
  }

  async #evictUnused(): Promise<void> {
    while (this.stats.bytes > this.#options.maxBytes) {
      const entry = [...this.#entries.values()].find(({ users }) => users === 0)
      if (entry === undefined) return
      await this.#removing(entry, () => this.#copies.remove(entry.name))
    }
  }

  /** Does something with a copy after which it is gone; undefined when somebody was faster to ask for it. */
  #removing<T>(entry: Entry, work: () => Promise<T>): Promise<T | undefined> {
    // gone from the map first, so that nobody is lent what is about to go
    this.#entries.delete(entry.name)
    return this.#lock.run(entry.name, async () => {
      if (this.#entries.has(entry.name)) return undefined
      const result = await work()
      await this.#copies.markers.remove(entry.name)
      return result
    })
  }

  #inBackground(work: Promise<unknown>): void {
    const settled = work
      .catch((error: unknown) => this.#options.onWarning?.('work on the artifact cache failed', error))
      .then(() => void this.#background.delete(settled))
    this.#background.add(settled)
  }
}

/** The name of an artifact's copy. Throws `InvalidDigest` and `UnsupportedDigest`. */
function nameOf(artifact: Artifact): string {
  const { algorithm, hex } = parseDigest(artifact.digest)
  return `${algorithm}-${hex}`
}
