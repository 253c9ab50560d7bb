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
  readonly #directory: string
  readonly #limits: GitLimits

  /**
   * Takes over the pack and the directory that it lies in. Throws `InvalidObject` when the pack does not hold the commit, or the tag
   * leads elsewhere.
   */
  constructor(
    pack: PackFile,
    options: { sha: string; tagObject?: string | undefined; directory: string; limits: GitLimits },
  ) {
    this.#pack = pack
    this.#directory = options.directory
    this.#limits = options.limits
    this.commit = readCommit(pack, options.sha)
    if (options.tagObject !== undefined) this.tag = readTag(pack, options.tagObject, options.sha)
  }

  async *entries(options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<GitTreeEntry, void, undefined> {
    const walk = { entries: 0, bytes: 0 }
    const open: { path: string; lines: readonly TreeLine[]; next: number }[] = [
      { path: '', lines: this.#readTree(Buffer.from(this.commit.tree, 'hex'), ''), next: 0 },
    ]
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const line = top.lines[top.next++]
      if (line === undefined) {
        open.pop()
        continue
      }
      options.signal?.throwIfAborted()
      const path = top.path + line.name
      this.#count(walk, path, open.length)
      if (line.mode === treeMode) open.push({ path: `${path}/`, lines: this.#readTree(line.sha, path), next: 0 })
      else {
        const entry = this.#entry(line, path)
        walk.bytes += entry.size
        if (walk.bytes > this.#limits.totalBytes) {
          throw limitExceeded('totalBytes', `the files have more than ${this.#limits.totalBytes} bytes together`)
        }
        yield entry
      }
    }
  }

  async dispose(): Promise<void> {
    await this.#pack.close()
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
    const at = this.#find(line.sha, kinds.blob, path)
    const size = this.#pack.index.size(at)
    const whole = size <= streamedBytes || this.#pack.index.base(at) >= 0
    const content = (): Promise<Uint8Array | AsyncIterable<Uint8Array>> =>
      Promise.resolve(whole ? this.#pack.readObject(at) : this.#pack.streamObject(at))
    return { path, mode: line.mode, size, sha, content }
  }

  #readTree(sha: Buffer, path: string): readonly TreeLine[] {
    return parseTree(this.#pack.readObject(this.#find(sha, kinds.tree, path)), path)
  }

  #find(sha: Buffer, kind: number, path: string): number {
    const at = this.#pack.index.find(sha)
    const name = path === '' ? 'the root directory' : JSON.stringify(path)
    if (at === undefined)
      throw new GitError('InvalidObject', `the server did not send ${sha.toString('hex')}, the content of ${name}`)
    if (this.#pack.index.kind(at) !== kind) {
      throw new GitError('InvalidObject', `${sha.toString('hex')}, the content of ${name}, is no ${typeName(kind)}`)
    }
    return at
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
