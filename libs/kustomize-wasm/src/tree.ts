// SPDX-License-Identifier: Apache-2.0
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
} from 'node:fs'
import { posix } from 'node:path'
import type { ReadSet } from './build.ts'

/** What stands at a path; `outside` means that a symbolic link leads out of the tree, `failed` that it cannot be used. */
export type PathKind = 'missing' | 'file' | 'directory' | 'outside' | 'failed'

/** Where a path leads. */
export interface Resolved {
  readonly kind: PathKind
  /** Relative to the root and free of symbolic links; the root is '.'. */
  readonly canonical: string
}

/** A member of a listed directory; a symbolic link is no directory. */
export interface TreeEntry {
  readonly name: string
  readonly isDirectory: boolean
}

const maxLinks = 40

/** Links that one look-up may still follow, in all its branches together. */
interface LinkBudget {
  left: number
}

/**
 * Read-only access to one directory tree that never leaves it, and the record of what was read.
 * Paths are relative, slash-separated and clean. Every component is resolved by hand, so that no symbolic link is
 * followed out of the tree, not even to learn whether its target exists. One instance serves one build: it remembers
 * directories, so the tree must not change meanwhile.
 */
export class Tree {
  readonly #root: string
  readonly #maxFileBytes: number
  /** Contents that stand in for those on disk, by canonical path. */
  readonly #replaced: ReadonlyMap<string, Uint8Array>
  /** Serves paths that begin with `..`; what is read there is not in the record. */
  readonly #beside: Pick<Tree, 'stat' | 'read' | 'list'> | undefined
  readonly #directories = new Map<string, Resolved>()
  readonly #read = { files: new Set<string>(), missing: new Set<string>(), directories: new Set<string>() }

  /** Throws Node's own error when `root` does not exist. */
  constructor(
    root: string,
    maxFileBytes: number,
    replaced: ReadonlyMap<string, Uint8Array> = new Map(),
    beside?: Pick<Tree, 'stat' | 'read' | 'list'>,
  ) {
    this.#root = realpathSync(root)
    this.#beside = beside
    this.#maxFileBytes = maxFileBytes
    this.#replaced = replaced
    this.#directories.set('.', { kind: 'directory', canonical: '.' })
  }

  /** Looks at a path. A file counts as read, since its content may decide the build in another way than its absence. */
  stat(path: string): Resolved {
    if (isBeside(path)) return this.#beside?.stat(path) ?? { kind: 'outside', canonical: path }
    const found = this.#resolve(path, { left: maxLinks })
    if (found.kind === 'file') this.#recordFile(path, found)
    if (found.kind === 'missing') this.#read.missing.add(path)
    return found
  }

  /** The content of a regular file, else what stands there instead. */
  read(path: string): Uint8Array | Exclude<PathKind, 'file'> {
    if (isBeside(path)) return this.#beside?.read(path) ?? 'outside'
    const found = this.stat(path)
    if (found.kind !== 'file') return found.kind
    const replaced = this.#replaced.get(found.canonical)
    if (replaced !== undefined) return replaced
    return readBounded(this.#absolute(found.canonical), this.#maxFileBytes) ?? 'failed'
  }

  /** The entries of a directory in the byte order of their names, else what stands there instead. */
  list(path: string): readonly TreeEntry[] | Exclude<PathKind, 'directory'> {
    if (isBeside(path)) return this.#beside?.list(path) ?? 'outside'
    const found = this.stat(path)
    if (found.kind !== 'directory') return found.kind
    this.#read.directories.add(path)
    // a path through a link has no place in an artifact's index: naming both makes the reader count it as changed
    if (found.canonical !== path) this.#read.files.add(path)
    const entries = readdirSync(this.#absolute(found.canonical), { withFileTypes: true })
    return entries
      .map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }))
      .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
  }

  /** All that was asked for so far. */
  readSet(): ReadSet {
    const sorted = (paths: ReadonlySet<string>): string[] => [...paths].sort()
    const { files, missing, directories } = this.#read
    return { files: sorted(files), missing: sorted(missing), directories: sorted(directories) }
  }

  #recordFile(path: string, found: Resolved): void {
    this.#read.files.add(found.canonical)
    if (found.canonical !== path) this.#read.files.add(path)
  }

  #absolute(canonical: string): string {
    return posix.join(this.#root, canonical)
  }

  #resolve(path: string, links: LinkBudget): Resolved {
    const known = this.#directories.get(path)
    if (known !== undefined) return known
    const parent = this.#resolve(posix.dirname(path), links)
    if (parent.kind !== 'directory') return parent.kind === 'file' ? { kind: 'missing', canonical: path } : parent
    const found = this.#resolveMember(posix.join(parent.canonical, posix.basename(path)), links)
    if (found.kind === 'directory') this.#directories.set(path, found)
    return found
  }

  #resolveMember(canonical: string, links: LinkBudget): Resolved {
    if (canonical.includes('\0')) return { kind: 'missing', canonical }
    const stats = statOrUndefined(this.#absolute(canonical))
    if (stats === undefined) return { kind: 'missing', canonical }
    if (stats.isFile()) return { kind: 'file', canonical }
    if (stats.isDirectory()) return { kind: 'directory', canonical }
    if (!stats.isSymbolicLink() || links.left-- <= 0) return { kind: 'failed', canonical }
    return this.#follow(canonical, links)
  }

  /** Takes the target one component at a time: a target with `..` may pass through further links. */
  #follow(link: string, links: LinkBudget): Resolved {
    const target = readlinkSync(this.#absolute(link))
    if (posix.isAbsolute(target)) return { kind: 'outside', canonical: link }
    let at: Resolved = { kind: 'directory', canonical: posix.dirname(link) }
    for (const part of target.split('/')) {
      if (part === '' || part === '.') continue
      if (at.kind !== 'directory') return at.kind === 'file' ? { kind: 'missing', canonical: link } : at
      if (part === '..' && at.canonical === '.') return { kind: 'outside', canonical: link }
      at =
        part === '..'
          ? { kind: 'directory', canonical: posix.dirname(at.canonical) }
          : this.#resolveMember(posix.join(at.canonical, part), links)
    }
    return at
  }
}

function isBeside(path: string): boolean {
  return path.startsWith('../')
}

function statOrUndefined(path: string): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    // a name that is too long, or a component that is no directory, is as good as absent
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENAMETOOLONG' || code === 'ENOTDIR') return undefined
    throw error
  }
}

/** O_NOFOLLOW and O_NONBLOCK: should the file have become a link or a pipe since it was looked at, nothing happens. */
function readBounded(path: string, maxBytes: number): Buffer | undefined {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const { size } = fstatSync(fd)
    if (size > maxBytes) return undefined
    const content = Buffer.allocUnsafeSlow(size)
    let filled = 0
    while (filled < size) {
      const count = readSync(fd, content, filled, size - filled, filled)
      if (count === 0) break
      filled += count
    }
    return content.subarray(0, filled)
  } finally {
    closeSync(fd)
  }
}
