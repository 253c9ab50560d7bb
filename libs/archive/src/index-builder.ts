// SPDX-License-Identifier: Apache-2.0
import { ArchiveError } from './errors.ts'
import { comparePaths, parentsOf } from './paths.ts'
import type { ArtifactIndex, IndexEntry } from './types.ts'

/** Collects what an archive holds. A path is a file or a directory, never both. */
export class IndexBuilder {
  readonly #files = new Map<string, IndexEntry>()
  readonly #directories = new Set<string>()

  /** Adds a directory and those above it; returns those that were not there yet, outermost first. Throws `PathClash`. */
  addDirectory(path: string): readonly string[] {
    if (this.#directories.has(path)) return []
    const added = [...parentsOf(path), path].filter((each) => !this.#directories.has(each))
    for (const each of added) {
      if (this.#files.has(each)) throw clash(each)
      this.#directories.add(each)
    }
    return added
  }

  /** Adds the directories above a path, as `addDirectory` does. */
  addParents(path: string): readonly string[] {
    const slash = path.lastIndexOf('/')
    return slash === -1 ? [] : this.addDirectory(path.slice(0, slash))
  }

  hasFile(path: string): boolean {
    return this.#files.has(path)
  }

  /** Throws `PathClash` when the path is a directory. */
  checkFile(path: string): void {
    if (this.#directories.has(path)) throw clash(path)
  }

  /** Adds a file, or replaces the one of that path. Throws `PathClash`. */
  addFile(entry: IndexEntry): void {
    this.checkFile(entry.path)
    this.#files.set(entry.path, entry)
  }

  build(): ArtifactIndex {
    return {
      version: 1,
      files: [...this.#files.values()].sort((one, two) => comparePaths(one.path, two.path)),
      directories: [...this.#directories].sort(comparePaths),
    }
  }
}

function clash(path: string): ArchiveError {
  return new ArchiveError('PathClash', `${JSON.stringify(path)} is both a file and a directory`)
}
