// SPDX-License-Identifier: Apache-2.0
import { createReadStream, createWriteStream } from 'node:fs'
import { lstat, mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Artifact, Clock } from '@tidelock/api'
import { formatTime } from '@tidelock/api'
import type { ArchiveEntries } from '@tidelock/archive'
import { encodeIndex, indexDigest, whenClosed, writeArchive } from '@tidelock/archive'
import { hasCode } from '@tidelock/errors'
import { DigestVerifier, parseDigest } from '../digest.ts'
import { ArtifactError } from '../errors.ts'
import { createHasher } from '../hasher.ts'
import type { DigestAlgorithm } from '../hasher.ts'
import { indexMetadataKey, indexSuffix, lockSuffix, temporaryName } from '../names.ts'
import { artifactUrl } from './address.ts'
import { removeTemporaryFiles, writeAtomically } from './atomic-file.ts'
import type { Retention } from './garbage.ts'
import { findGarbage } from './garbage.ts'
import { KeyedLock } from '../keyed-lock.ts'
import type { ArtifactOwner } from './paths.ts'
import { artifactPath, localPath, ownerPath } from './paths.ts'

/** Where and how artifacts are stored. */
export interface ArtifactStoreOptions {
  /** An existing directory. */
  readonly root: string
  /** `host:port` of the file server for consumers, or a URL without a path. */
  readonly advertisedAddress: string
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  /** Default one minute. */
  readonly retentionTtlMs?: number
  /** Default 2. */
  readonly retentionRecords?: number
  /** Default sha256. */
  readonly algorithm?: DigestAlgorithm
}

/** What every artifact is stored with. */
export interface ArtifactFacts {
  readonly revision: string
  /** A single name, by which consumers see whether they have it: it should say the revision. */
  readonly fileName: string
  readonly metadata?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** An archive to store. */
export interface ArchiveDraft extends ArtifactFacts {
  readonly entries: ArchiveEntries
}

/** A ready file to store (a Helm repository's index, a chart). */
export interface FileDraft extends ArtifactFacts {
  readonly content: Uint8Array | AsyncIterable<Uint8Array>
}

/** How long collecting may take; the rest is left for the next time. */
const collectBudgetMs = 5000

/**
 * Artifacts on disk, in Flux's layout: `<root>/<kind>/<namespace>/<name>/<file>`, mode 0600. A file is either whole or not there:
 * it is written under a temporary name, flushed and renamed. Actions on one object run one after another within this process;
 * processes that share a volume are kept apart by the rename.
 */
export class ArtifactStore {
  readonly root: string
  readonly #address: string
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>
  readonly #retention: Retention
  readonly #algorithm: DigestAlgorithm
  readonly #lock = new KeyedLock()

  private constructor(options: ArtifactStoreOptions) {
    this.root = options.root
    this.#address = options.advertisedAddress
    this.#clock = options.clock
    this.#retention = { ttlMs: options.retentionTtlMs ?? 60_000, records: options.retentionRecords ?? 2 }
    this.#algorithm = options.algorithm ?? 'sha256'
  }

  /** Opens a store and removes what a crash left half written. Throws `InvalidStore` when the root is no directory. */
  static async open(options: ArtifactStoreOptions): Promise<ArtifactStore> {
    const found = await stat(options.root).catch(() => undefined)
    if (found?.isDirectory() !== true) {
      throw new ArtifactError(
        'InvalidStore',
        `invalid dir path: ${options.root}: make the directory or mount a volume there`,
      )
    }
    await removeTemporaryFiles(options.root)
    return new ArtifactStore(options)
  }

  /**
   * Archives entries and publishes their index beside. The index is in place before the archive, so that an archive is never
   * without it. Throws `ArtifactError`, `ArchiveError`, and what reading the entries throws; the old file is then intact.
   */
  async writeArchive(owner: ArtifactOwner, draft: ArchiveDraft): Promise<Artifact> {
    return this.#store(owner, draft, async (path) => {
      return writeAtomically(path, async (temporary) => {
        const hasher = await createHasher(this.#algorithm)
        const options = { hasher, ...(draft.signal === undefined ? {} : { signal: draft.signal }) }
        const { index, ...written } = await writeArchive(draft.entries, temporary, options)
        await writeAtomically(path + indexSuffix, (file) => flushTo(file, [encodeIndex(index)]))
        return { ...written, metadata: { [indexMetadataKey]: indexDigest(index) } }
      })
    })
  }

  /** Stores bytes as they are. Throws as `writeArchive`. */
  async writeFile(owner: ArtifactOwner, draft: FileDraft): Promise<Artifact> {
    return this.#store(owner, draft, (path) =>
      writeAtomically(path, async (temporary) => {
        const hasher = await createHasher(this.#algorithm)
        let sizeBytes = 0
        const content = draft.content instanceof Uint8Array ? [draft.content] : draft.content
        const measured = async function* (): AsyncGenerator<Uint8Array> {
          for await (const chunk of content) {
            hasher.update(chunk)
            sizeBytes += chunk.length
            yield chunk
          }
        }
        await flushTo(temporary, measured(), draft.signal)
        return { digest: `${hasher.algorithm}:${hasher.hex()}`, sizeBytes, metadata: {} }
      }),
    )
  }

  /** Whether the artifact's file is there and has its digest. Throws `InvalidPath`, `InvalidDigest`, `UnsupportedDigest`. */
  async verify(artifact: Pick<Artifact, 'path' | 'digest'>): Promise<'ok' | 'missing' | 'mismatch'> {
    const verifier = await DigestVerifier.create(parseDigest(artifact.digest))
    const path = this.localPath(artifact)
    const found = await lstat(path).catch(() => undefined)
    if (found?.isFile() !== true) return 'missing'
    try {
      for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) verifier.update(chunk)
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return 'missing'
      throw error
    }
    return verifier.matches() ? 'ok' : 'mismatch'
  }

  /**
   * Removes the object's artifacts that have outlived the retention, with their indexes and locks, and returns their names. The
   * given one stays, whatever its age. Leaves the rest for the next time after five seconds.
   */
  async collectGarbage(current: Pick<Artifact, 'path'>): Promise<readonly string[]> {
    const file = this.localPath(current)
    return this.#lock.run(dirname(file), async () => {
      const removed: string[] = []
      const started = this.#clock.monotonic()
      const garbage = await missingIsEmpty(
        findGarbage(dirname(file), basename(file), this.#retention, this.#clock.now()),
      )
      for (const name of garbage) {
        if (this.#clock.monotonic() - started > collectBudgetMs) break
        await removeFile(join(dirname(file), name))
        removed.push(name)
      }
      return removed
    })
  }

  /** Removes everything of an object but the artifact's own files; returns the names that are gone. */
  async removeAllButCurrent(current: Pick<Artifact, 'path'>): Promise<readonly string[]> {
    const file = this.localPath(current)
    return this.#lock.run(dirname(file), async () => {
      const names = await missingIsEmpty(readdir(dirname(file)))
      const others = names.filter((name) => name !== basename(file) && name !== basename(file) + indexSuffix)
      for (const name of others) await rm(join(dirname(file), name), { recursive: true, force: true })
      return others
    })
  }

  /** Removes everything of an object; returns whether there was anything. */
  async removeAll(owner: ArtifactOwner): Promise<boolean> {
    const directory = join(this.root, ownerPath(owner))
    return this.#lock.run(directory, async () => {
      const wasThere = await lstat(directory).catch(() => undefined)
      await rm(directory, { recursive: true, force: true })
      return wasThere !== undefined
    })
  }

  /** Makes or moves a link in the object's directory to an artifact (`latest.tar.gz`) and returns its URL. */
  async link(artifact: Pick<Artifact, 'path'>, linkName: string): Promise<string> {
    const file = this.localPath(artifact)
    const path = linkPath(artifact, linkName)
    const target = localPath(this.root, path)
    await this.#lock.run(dirname(file), async () => {
      const temporary = join(dirname(file), temporaryName(linkName))
      await symlink(basename(file), temporary)
      await rename(temporary, target)
    })
    return artifactUrl(this.#address, path)
  }

  /** The URL of a link that `link` made, at the address that this store advertises. */
  linkUrl(artifact: Pick<Artifact, 'path'>, linkName: string): string {
    return artifactUrl(this.#address, linkPath(artifact, linkName))
  }

  /** The artifact with the URL that this store advertises: its host may have changed since the status was written. */
  withAddress(artifact: Artifact): Artifact {
    return { ...artifact, url: artifactUrl(this.#address, artifact.path) }
  }

  /** Where the artifact's file lies. Throws `InvalidPath`. */
  localPath(artifact: Pick<Artifact, 'path'>): string {
    return localPath(this.root, artifact.path)
  }

  async #store(
    owner: ArtifactOwner,
    facts: ArtifactFacts,
    write: (path: string) => Promise<Written>,
  ): Promise<Artifact> {
    const path = artifactPath(owner, facts.fileName)
    const file = join(this.root, path)
    const { digest, sizeBytes, metadata } = await this.#lock.run(dirname(file), async () => {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      return write(file)
    })
    const all = { ...facts.metadata, ...metadata }
    return {
      path,
      url: artifactUrl(this.#address, path),
      revision: facts.revision,
      digest,
      size: sizeBytes,
      lastUpdateTime: formatTime(new Date(this.#clock.now())),
      ...(Object.keys(all).length === 0 ? {} : { metadata: all }),
    }
  }
}

function linkPath({ path }: Pick<Artifact, 'path'>, linkName: string): string {
  return `${dirname(path)}/${linkName}`
}

interface Written {
  readonly digest: string
  readonly sizeBytes: number
  readonly metadata: Readonly<Record<string, string>>
}

async function flushTo(
  file: string,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const sink = createWriteStream(file, { mode: 0o600, flush: true })
  try {
    await pipeline(Readable.from(content), sink, signal === undefined ? {} : { signal })
  } finally {
    await whenClosed(sink)
  }
}

async function removeFile(path: string): Promise<void> {
  for (const each of [path, path + indexSuffix, path + lockSuffix]) await rm(each, { force: true })
}

async function missingIsEmpty(reading: Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await reading
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}
