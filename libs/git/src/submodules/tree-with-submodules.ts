// SPDX-License-Identifier: Apache-2.0
import { limitExceeded } from '../git-error.ts'
import { submoduleMode } from '../tree.ts'
import type { GitCommit, GitLimits, GitTag, GitTree, GitTreeEntry } from '../types.ts'

/** A submodule that lies open at its path. */
interface Mounted {
  /** The path with a slash: what its content sorts by. */
  readonly prefix: string
  readonly tree: GitTree
}

/** A tree in which the content of submodules stands in their place. */
export class TreeWithSubmodules implements GitTree {
  readonly commit: GitCommit
  readonly tag?: GitTag
  readonly #base: GitTree
  readonly #submodules: ReadonlyMap<string, GitTree>
  readonly #limits: GitLimits

  /** Takes over all trees. */
  constructor(base: GitTree, submodules: ReadonlyMap<string, GitTree>, limits: GitLimits) {
    this.commit = base.commit
    if (base.tag !== undefined) this.tag = base.tag
    this.#base = base
    this.#submodules = submodules
    this.#limits = limits
  }

  async *entries(options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<GitTreeEntry, void, undefined> {
    let [count, bytes] = [0, 0]
    for await (const entry of this.#merged(options)) {
      bytes += entry.size
      if (++count > this.#limits.treeEntries)
        throw limitExceeded('treeEntries', `the trees together have more than ${this.#limits.treeEntries} entries`)
      if (bytes > this.#limits.totalBytes)
        throw limitExceeded('totalBytes', `the files have more than ${this.#limits.totalBytes} bytes together`)
      if (Buffer.byteLength(entry.path) > this.#limits.pathBytes)
        throw limitExceeded('pathBytes', `a path in a submodule is longer than ${this.#limits.pathBytes} bytes`)
      yield entry
    }
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#base, ...this.#submodules.values()].map((tree) => tree.dispose()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose()
  }

  /** A submodule sorts as a file where the tree names it, and its content as that of a directory: perhaps later. */
  async *#merged(options: { readonly signal?: AbortSignal }): AsyncGenerator<GitTreeEntry, void, undefined> {
    const waiting: Mounted[] = []
    for await (const entry of this.#base.entries(options)) {
      while (waiting[0] !== undefined && compare(waiting[0].prefix, entry.path) < 0)
        yield* contentOf(waiting.shift()!, options)
      const tree = entry.mode === submoduleMode ? this.#submodules.get(entry.path) : undefined
      if (tree === undefined) yield entry
      else insert(waiting, { prefix: `${entry.path}/`, tree })
    }
    for (const mounted of waiting) yield* contentOf(mounted, options)
  }
}

async function* contentOf(
  { prefix, tree }: Mounted,
  options: { readonly signal?: AbortSignal },
): AsyncGenerator<GitTreeEntry, void, undefined> {
  for await (const entry of tree.entries(options)) {
    const { path, mode, size, sha } = entry
    yield { path: prefix + path, mode, size, sha, content: () => entry.content() }
  }
}

function insert(waiting: Mounted[], mounted: Mounted): void {
  const at = waiting.findIndex(({ prefix }) => compare(prefix, mounted.prefix) > 0)
  waiting.splice(at < 0 ? waiting.length : at, 0, mounted)
}

function compare(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
