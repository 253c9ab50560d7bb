// SPDX-License-Identifier: Apache-2.0
import { Tree } from './tree.ts'
import type { PathKind, Resolved, TreeEntry } from './tree.ts'

/** What stands beside a tree: fetched files as `../file/<number>`, and repositories below `../remote/<number>`. */
export class RemoteTrees {
  readonly #contents: readonly Uint8Array[]
  readonly #trees: readonly Tree[]

  /** Throws Node's own error when a directory does not exist. */
  constructor(contents: readonly Uint8Array[], directories: readonly string[], maxFileBytes: number) {
    this.#contents = contents
    this.#trees = directories.map((directory) => new Tree(directory, maxFileBytes))
  }

  stat(path: string): Resolved {
    const file = this.#file(path)
    if (file !== undefined) return { kind: 'file', canonical: path }
    const [tree, prefix, rest] = this.#split(path)
    if (tree === undefined) return { kind: 'outside', canonical: path }
    const { kind, canonical } = tree.stat(rest)
    return { kind, canonical: canonical === '.' ? prefix : `${prefix}/${canonical}` }
  }

  read(path: string): Uint8Array | Exclude<PathKind, 'file'> {
    const [tree, , rest] = this.#split(path)
    return this.#file(path) ?? tree?.read(rest) ?? 'outside'
  }

  list(path: string): readonly TreeEntry[] | Exclude<PathKind, 'directory'> {
    const [tree, , rest] = this.#split(path)
    return tree?.list(rest) ?? 'outside'
  }

  #file(path: string): Uint8Array | undefined {
    const number = /^\.\.\/file\/(\d+)$/.exec(path)?.[1]
    return number === undefined ? undefined : this.#contents[Number(number)]
  }

  #split(path: string): [tree: Tree | undefined, prefix: string, rest: string] {
    const match = /^(\.\.\/remote\/(\d+))(?:\/(.*))?$/s.exec(path)
    return [match === null ? undefined : this.#trees[Number(match[2])], match?.[1] ?? '', match?.[3] ?? '.']
  }
}
