// SPDX-License-Identifier: Apache-2.0
import type { Buffer } from 'node:buffer'
import { createHash, hash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { areSame } from './change-tree.ts'
import { ArchiveError } from './errors.ts'
import type { IndexBuilder } from './index-builder.ts'
import { directoryMode, normaliseFileMode } from './modes.ts'
import type { BlockReader } from './tar/block-reader.ts'
import type { TarEntry } from './tar/read-entries.ts'
import type { ArtifactIndex, IndexEntry } from './types.ts'

/** Files up to this size are held in memory whole and written in one go. */
const wholeFileBytes = 256 * 1024

/**
 * Writes the entries of an archive below a directory that nobody else writes to. Small files are written synchronously: that
 * takes half the CPU of the asynchronous calls, and the event loop turns between the chunks of the decompression.
 */
export class FileWriter {
  readonly #directory: string
  readonly #index: IndexBuilder
  /** The files of the base by path; undefined without one. */
  readonly #base: ReadonlyMap<string, IndexEntry> | undefined
  /** Directories that stand, where there is a base. */
  readonly #made = new Set<string>()

  private constructor(directory: string, index: IndexBuilder, base: ArtifactIndex | undefined) {
    this.#directory = directory
    this.#index = index
    this.#base = base === undefined ? undefined : new Map(base.files.map((file) => [file.path, file]))
  }

  /**
   * Makes the directory, or takes an empty one. Small files that `base` has just so are left out, and so are directories without a
   * file. Throws `PathClash` when it is not empty.
   */
  static async open(directory: string, index: IndexBuilder, base?: ArtifactIndex): Promise<FileWriter> {
    await mkdir(directory, { recursive: true, mode: directoryMode })
    if ((await readdir(directory)).length > 0) {
      throw new ArchiveError('PathClash', `${directory} is not empty: an archive is only unpacked into a new directory`)
    }
    return new FileWriter(directory, index, base)
  }

  /** Writes an entry whose content stands in the reader. */
  async write(entry: TarEntry, reader: BlockReader): Promise<void> {
    const { path, size } = entry
    if (entry.type === 'directory') {
      if (path !== '') this.#makeDirectories(this.#index.addDirectory(path))
      return
    }
    this.#makeDirectories(this.#index.addParents(path))
    this.#index.checkFile(path)
    // made anew rather than overwritten, so that its mode is that of the last one too
    if (this.#index.hasFile(path)) rmSync(join(this.#directory, path), { force: this.#base !== undefined })
    const mode = normaliseFileMode(entry.mode)
    const sha256 =
      size <= wholeFileBytes
        ? this.#writeWhole({ path, mode, size }, await reader.require(size))
        : await this.#writeStream(path, mode, size, reader)
    this.#index.addFile({ path, sha256, mode, size })
  }

  #makeDirectories(paths: readonly string[]): void {
    if (this.#base !== undefined) return
    for (const path of paths) mkdirSync(join(this.#directory, path), { mode: directoryMode })
  }

  /** With a base only those directories are made that a file goes into. */
  #makeParents(path: string): void {
    const parent = dirname(path)
    if (this.#base === undefined || this.#made.has(parent)) return
    mkdirSync(join(this.#directory, parent), { recursive: true, mode: directoryMode })
    this.#made.add(parent)
  }

  #writeWhole({ path, mode, size }: Pick<IndexEntry, 'path' | 'mode' | 'size'>, content: Buffer): string {
    const sha256 = hash('sha256', content)
    if (areSame({ path, sha256, mode, size }, this.#base?.get(path))) return sha256
    this.#makeParents(path)
    const descriptor = openSync(join(this.#directory, path), 'wx', mode)
    try {
      if (content.length > 0) writeFileSync(descriptor, content)
    } finally {
      closeSync(descriptor)
    }
    return sha256
  }

  async #writeStream(path: string, mode: number, size: number, reader: BlockReader): Promise<string> {
    const digest = createHash('sha256')
    this.#makeParents(path)
    const file: FileHandle = await open(join(this.#directory, path), 'wx', mode)
    try {
      for (let missing = size; missing > 0;) {
        const chunk = await reader.readSome(missing)
        if (chunk === undefined) throw new ArchiveError('Truncated', 'archive ends too early')
        digest.update(chunk)
        await file.writeFile(chunk)
        missing -= chunk.length
      }
    } finally {
      await file.close()
    }
    return digest.digest('hex')
  }
}
