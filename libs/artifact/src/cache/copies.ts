// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArtifactIndex } from '@tidelock/archive'
import { encodeIndex, parseIndex } from '@tidelock/archive'
import { codeOf, hasCode } from '@tidelock/errors'
import { ArtifactError } from '../errors.ts'
import { indexSuffix } from '../names.ts'
import { UsageMarkers, isAlive } from './usage-markers.ts'
import { holdsTree } from './verify-tree.ts'

/** An unpacked artifact on disk. */
export interface Copy {
  /** `<algorithm>-<hex>` of the artifact: the name of its directory. */
  readonly name: string
  readonly index: ArtifactIndex
  /** What it takes on disk, about. */
  readonly bytes: number
}

const copyName = /^(sha1|sha256|sha384|sha512|blake3)-[0-9a-f]+$/
const scratchName = /^\.(\d+)-[0-9a-f]+\.tmp$/
const blockBytes = 4096

/**
 * The directory of a cache: a directory for each copy, its index beside, and scratch directories in which copies are made and taken
 * apart. A copy comes to be, and goes, by one rename; so processes can share the directory, and a crash leaves only scratch.
 */
export class Copies {
  readonly #root: string
  readonly #startedMs: number
  readonly markers: UsageMarkers

  constructor(root: string, startedMs: number) {
    this.#root = root
    this.#startedMs = startedMs
    this.markers = new UsageMarkers(root, startedMs)
  }

  /** Where a copy lies, or would lie. */
  directory(name: string): string {
    return join(this.#root, name)
  }

  /** Makes the root, and removes what processes that have ended left half done. */
  async prepare(): Promise<void> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 })
    await this.markers.clean()
    for (const file of await readdir(this.#root)) if (await this.#isLeftOver(file)) await this.#delete(file)
  }

  /** The names and sizes of the copies on disk, least recently used first. They may still turn out damaged. */
  async list(): Promise<readonly { readonly name: string; readonly bytes: number }[]> {
    const found: { name: string; bytes: number; usedMs: number }[] = []
    for (const file of await readdir(this.#root)) {
      if (!copyName.test(file)) continue
      const index = await this.#readIndex(file)
      const stats = await stat(this.directory(file)).catch(() => undefined)
      if (index === undefined) await this.remove(file)
      else if (stats !== undefined) found.push({ name: file, bytes: bytesOf(index), usedMs: stats.mtimeMs })
    }
    return found.sort((one, two) => one.usedMs - two.usedMs)
  }

  /** A copy that is on disk already, every file checked against its index; undefined when there is none, or a damaged one. */
  async adopt(name: string, signal: AbortSignal): Promise<Copy | undefined> {
    const index = await this.#readIndex(name)
    if (index === undefined) return undefined
    if (await holdsTree(this.directory(name), index, signal)) return { name, index, bytes: bytesOf(index) }
    await this.remove(name)
    return undefined
  }

  /** A new, empty directory for work that a crash may interrupt. The caller removes it, as a rule by `publish`. */
  async scratch(): Promise<string> {
    const path = join(this.#root, scratch())
    await mkdir(path, { mode: 0o700 })
    return path
  }

  /**
   * Makes a filled directory the copy of that name. When another process was faster, its copy stays and ours goes. Throws
   * `FetchFailed` when that one is damaged.
   */
  async publish(filled: string, name: string, index: ArtifactIndex, signal: AbortSignal): Promise<Copy> {
    const temporary = join(this.#root, scratch())
    await writeFile(temporary, encodeIndex(index), { mode: 0o600 })
    await rename(temporary, this.directory(name) + indexSuffix)
    if (!(await renamed(filled, this.directory(name)))) {
      const isWhole = await holdsTree(this.directory(name), index, signal)
      if (!isWhole) throw new ArtifactError('FetchFailed', `copy ${name} is damaged, but another process uses it`)
      await rm(filled, { recursive: true, force: true })
    }
    return { name, index, bytes: bytesOf(index) }
  }

  /** Removes a copy unless another process uses it; returns whether it is gone. */
  async remove(name: string): Promise<boolean> {
    const taken = await this.#takeAway(name)
    if (taken !== undefined) await rm(taken, { recursive: true, force: true })
    return taken !== undefined
  }

  /**
   * Takes a copy out of the cache and answers the scratch directory that it became, the caller's to use or remove; undefined when there
   * is none, or another process uses it.
   */
  async take(name: string): Promise<string | undefined> {
    const taken = await this.#takeAway(name)
    return taken !== undefined && (await isDirectory(taken)) ? taken : undefined
  }

  /** Where the copy is now, if there was one; undefined when another process uses it. */
  async #takeAway(name: string): Promise<string | undefined> {
    if (await this.markers.isUsedElsewhere(name)) return undefined
    const grave = join(this.#root, scratch())
    const wasThere = await renamed(this.directory(name), grave)
    // another process may have begun to use it in between
    if (await this.markers.isUsedElsewhere(name)) {
      const isBack = !wasThere || (await renamed(grave, this.directory(name)))
      if (!isBack) await rm(grave, { recursive: true, force: true })
      return undefined
    }
    await rm(this.directory(name) + indexSuffix, { force: true })
    return grave
  }

  /** Notes that a copy was used now, for the order after a restart. */
  async touch(name: string, nowMs: number): Promise<void> {
    try {
      await utimes(this.directory(name), nowMs / 1000, nowMs / 1000)
    } catch (error) {
      // removed meanwhile
      if (!hasCode(error, 'ENOENT')) throw error
    }
  }

  async #readIndex(name: string): Promise<ArtifactIndex | undefined> {
    try {
      return parseIndex(await readFile(this.directory(name) + indexSuffix))
    } catch (error) {
      if (hasCode(error, 'ENOENT') || hasCode(error, 'InvalidIndex')) return undefined
      throw error
    }
  }

  async #isLeftOver(file: string): Promise<boolean> {
    const pid = Number(scratchName.exec(file)?.[1] ?? Number.NaN)
    if (Number.isNaN(pid)) return false
    if (!isAlive(pid)) return true
    const found = await stat(join(this.#root, file)).catch(() => undefined)
    // a container's processes get the same ids again after a restart
    return pid === process.pid && found !== undefined && found.mtimeMs < this.#startedMs
  }

  async #delete(file: string): Promise<void> {
    await rm(join(this.#root, file), { recursive: true, force: true })
  }
}

function scratch(): string {
  return `.${process.pid}-${randomBytes(6).toString('hex')}.tmp`
}

/** Renames a directory; false when it is not there, or something else already has the name. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) return false
    throw error
  }
}

async function isDirectory(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() === true
}

function bytesOf(index: ArtifactIndex): number {
  const files = index.files.reduce((sum, { size }) => sum + Math.ceil(size / blockBytes) * blockBytes, 0)
  return files + (index.directories.length + 1) * blockBytes
}
