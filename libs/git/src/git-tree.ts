// SPDX-License-Identifier: Apache-2.0
import { rm } from 'node:fs/promises'
import { parseCommit } from './commit.ts'
import { GitError, limitExceeded } from './git-error.ts'
import { kinds, typeName } from './object-index.ts'
import type { PackFile } from './pack-file.ts'
import { parseTag } from './tag.ts'
import { parseTree, submoduleMode, treeMode, type TreeLine } from './tree.ts'
import type { GitCommit, GitLimits, GitTag, GitTree, GitTreeEntry } from './types.ts'

/** Larger whole objects are streamed from disk. */
const streamedBytes = 1024 * 1024

/** A commit's files, read from the pack that came for it. */
export class PackTree implements GitTree {
  readonly commit: GitCommit
  readonly tag?: GitTag
  readonly #pack: PackFile
  /** Files that came later. */
  #files: PackFile | undefined
  readonly #directory: string
  readonly #limits: GitLimits
  readonly #isWanted: (path: string) => boolean

  /**
   * Takes over the pack and the directory that it lies in. Throws `InvalidObject` when the pack does not hold the commit, or the tag
   * leads elsewhere.
   */
  constructor(
    pack: PackFile,
    options: {
      sha: string
      tagObject?: string | undefined
      directory: string
      limits: GitLimits
      /** Which files the tree shows. Absent: all. */
      isWanted?: ((path: string) => boolean) | undefined
    },
  ) {
    this.#pack = pack
    this.#directory = options.directory
    this.#limits = options.limits
    this.#isWanted = options.isWanted ?? (() => true)
    this.commit = readCommit(pack, options.sha)
    if (options.tagObject !== undefined) this.tag = readTag(pack, options.tagObject, options.sha)
  }

  async *entries(options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<GitTreeEntry, void, undefined> {
    let bytes = 0
    for (const { path, line } of this.#walk(options.signal)) {
      const entry = this.#entry(line, path)
      bytes += entry.size
      if (bytes > this.#limits.totalBytes) {
        throw limitExceeded('totalBytes', `the files have more than ${this.#limits.totalBytes} bytes together`)
      }
      yield entry
    }
  }

  /** The ids of files that are wanted and did not come with the commit. */
  missingFiles(signal: AbortSignal): readonly string[] {
    const missing = new Set<string>()
    for (const { line } of this.#walk(signal)) {
      const isHere = line.mode === submoduleMode || this.#pack.index.find(line.sha) !== undefined
      if (!isHere) missing.add(line.sha.toString('hex'))
    }
    return [...missing]
  }

  /** Takes over a pack, in the same directory, with files that did not come with the commit. */
  addFiles(pack: PackFile): void {
    this.#files = pack
  }

  /** Everything but directories, as far as it is wanted. */
  *#walk(signal: AbortSignal | undefined): Generator<{ readonly path: string; readonly line: TreeLine }> {
    const walk = { entries: 0 }
    const open: { path: string; lines: readonly TreeLine[]; next: number }[] = [
      { path: '', lines: this.#readTree(Buffer.from(this.commit.tree, 'hex'), ''), next: 0 },
    ]
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const line = top.lines[top.next++]
      if (line === undefined) {
        open.pop()
        continue
      }
      signal?.throwIfAborted()
      const path = top.path + line.name
      this.#count(walk, path, open.length)
      if (line.mode === treeMode) open.push({ path: `${path}/`, lines: this.#readTree(line.sha, path), next: 0 })
      else if (line.mode === submoduleMode || this.#isWanted(path)) yield { path, line }
    }
  }

  async dispose(): Promise<void> {
    await this.#pack.close()
    await this.#files?.close()
    await rm(this.#directory, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose()
  }

  #entry(line: TreeLine, path: string): GitTreeEntry {
    const sha = line.sha.toString('hex')
    if (line.mode === submoduleMode) {
      return { path, mode: line.mode, size: 0, sha, content: () => Promise.resolve(new Uint8Array(0)) }
    }
    const isLater = this.#pack.index.find(line.sha) === undefined && this.#files !== undefined
    const pack = isLater ? this.#files! : this.#pack
    const at = find(pack, line.sha, kinds.blob, path)
    const size = pack.index.size(at)
    const whole = size <= streamedBytes || pack.index.base(at) >= 0
    const content = (): Promise<Uint8Array | AsyncIterable<Uint8Array>> =>
      Promise.resolve(whole ? pack.readObject(at) : pack.streamObject(at))
    return { path, mode: line.mode, size, sha, content }
  }

  #readTree(sha: Buffer, path: string): readonly TreeLine[] {
    return parseTree(this.#pack.readObject(find(this.#pack, sha, kinds.tree, path)), path)
  }

  #count(walk: { entries: number }, path: string, depth: number): void {
    const { treeEntries, treeDepth, pathBytes } = this.#limits
    if (++walk.entries > treeEntries)
      throw limitExceeded('treeEntries', `the tree has more than ${treeEntries} entries`)
    if (depth > treeDepth) throw limitExceeded('treeDepth', `the tree has more than ${treeDepth} nested directories`)
    if (Buffer.byteLength(path) > pathBytes) {
      throw limitExceeded(
        'pathBytes',
        `the path ${JSON.stringify(path.slice(0, 100))}… is longer than ${pathBytes} bytes`,
      )
    }
  }
}

function find(pack: PackFile, sha: Buffer, kind: number, path: string): number {
  const at = pack.index.find(sha)
  const name = path === '' ? 'the root directory' : JSON.stringify(path)
  if (at === undefined)
    throw new GitError('InvalidObject', `the server did not send ${sha.toString('hex')}, the content of ${name}`)
  if (pack.index.kind(at) !== kind) {
    throw new GitError('InvalidObject', `${sha.toString('hex')}, the content of ${name}, is no ${typeName(kind)}`)
  }
  return at
}

/** The commit with that id. Throws `InvalidObject` when the pack does not hold it or it is something else. */
export function readCommit(pack: PackFile, sha: string): GitCommit {
  const at = pack.index.find(Buffer.from(sha, 'hex'))
  if (at === undefined) throw new GitError('InvalidObject', `the server did not send the commit ${sha}`)
  if (pack.index.kind(at) !== kinds.commit) {
    throw new GitError('InvalidObject', `${sha} is a ${typeName(pack.index.kind(at))}, not a commit`)
  }
  return parseCommit(sha, pack.readObject(at))
}

/** Tags of tags, as far as anybody nests them. */
const maxTagDepth = 8

/**
 * The tag with that id. What it says goes before what the server said: it must lead to the commit, over further tags if need be.
 * Throws `InvalidObject`.
 */
function readTag(pack: PackFile, sha: string, commit: string): GitTag {
  const first = readTagObject(pack, sha)
  let last = first
  for (let depth = 1; last.targetType === 'tag' && depth < maxTagDepth; depth++) last = readTagObject(pack, last.target)
  if (last.targetType === 'commit' && last.target === commit) return first
  throw new GitError('InvalidObject', `the tag ${sha} does not lead to the commit ${commit}, as the server said`)
}

function readTagObject(pack: PackFile, sha: string): GitTag {
  const at = pack.index.find(Buffer.from(sha, 'hex'))
  if (at === undefined) throw new GitError('InvalidObject', `the server did not send the tag ${sha}`)
  if (pack.index.kind(at) !== kinds.tag) {
    throw new GitError('InvalidObject', `${sha} is a ${typeName(pack.index.kind(at))}, not a tag`)
  }
  return parseTag(sha, pack.readObject(at))
}
