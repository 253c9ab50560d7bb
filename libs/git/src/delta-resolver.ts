// SPDX-License-Identifier: Apache-2.0
import { setImmediate } from 'node:timers/promises'
import { applyDelta, deltaResultSize } from './delta.ts'
import { GitError, limitExceeded } from './git-error.ts'
import { type ObjectIndex, typeName } from './object-index.ts'
import type { PackFile } from './pack-file.ts'
import { objectHash } from './pack-parser.ts'
import type { GitLimits } from './types.ts'

/** Bases on the way down that are kept; beyond it the oldest are read again when needed. */
const keptBytes = 32 * 1024 * 1024
/** Work between two pauses that let other tasks run. */
const sliceBytes = 4 * 1024 * 1024

/** The links from bases to the deltas on them, as the pack's entries told them. */
export class DeltaLinks {
  /** First child and next sibling by entry, plus one; made when the first delta appears. */
  #first: Int32Array | undefined
  #next: Int32Array | undefined
  readonly #capacity: number
  /** Deltas that name their base by id, by that id, until the base is known. */
  readonly #waiting = new Map<string, number[]>()
  /** Deltas in the pack. */
  count = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  add(base: number, delta: number): void {
    this.count++
    this.#link(base, delta)
  }

  addWaiting(baseSha: Buffer, delta: number): void {
    this.count++
    const key = baseSha.toString('latin1')
    const others = this.#waiting.get(key)
    if (others === undefined) this.#waiting.set(key, [delta])
    else others.push(delta)
  }

  /** Hands the deltas that wait for this id to the entry that has it. */
  known(sha: Buffer, base: number): void {
    if (this.#waiting.size === 0) return
    const key = sha.toString('latin1')
    for (const delta of this.#waiting.get(key) ?? []) this.#link(base, delta)
    this.#waiting.delete(key)
  }

  firstChild(base: number): number {
    return (this.#first?.[base] ?? 0) - 1
  }

  nextSibling(delta: number): number {
    return (this.#next?.[delta] ?? 0) - 1
  }

  #link(base: number, delta: number): void {
    this.#first ??= new Int32Array(this.#capacity)
    this.#next ??= new Int32Array(this.#capacity)
    this.#next[delta] = this.#first[base]!
    this.#first[base] = delta + 1
  }
}

interface Frame {
  readonly at: number
  /** Undefined after it was dropped to stay within `keptBytes`. */
  data: Buffer | undefined
  child: number
}

/**
 * Computes the id of every delta in the pack: from each whole object down through the deltas on it, each one applied
 * once. Throws `InvalidObject` (also for deltas whose base is nowhere) and `LimitExceeded`.
 */
export class DeltaResolver {
  readonly #pack: PackFile
  readonly #index: ObjectIndex
  readonly #links: DeltaLinks
  readonly #limits: GitLimits
  readonly #frames: Frame[] = []
  #kept = 0
  #resolved = 0
  #workBytes = 0
  #sinceBreak = 0

  constructor(pack: PackFile, links: DeltaLinks, limits: GitLimits) {
    this.#pack = pack
    this.#index = pack.index
    this.#links = links
    this.#limits = limits
  }

  async run(signal: AbortSignal | undefined): Promise<void> {
    if (this.#links.count === 0) return
    const roots = this.#index.count
    for (let at = 0; at < roots; at++) {
      if (typeName(this.#index.kind(at)) === undefined || this.#index.base(at) >= 0) continue
      this.#links.known(this.#index.sha(at), at)
      if (this.#links.firstChild(at) >= 0) await this.#descend(at, signal)
    }
    if (this.#resolved !== this.#links.count) {
      const left = this.#links.count - this.#resolved
      throw new GitError('InvalidObject', `the pack has ${left} deltas whose base is not in it`)
    }
  }

  async #descend(root: number, signal: AbortSignal | undefined): Promise<void> {
    this.#push(root, this.#pack.readEntry(root))
    for (let top = this.#frames.at(-1); top !== undefined; top = this.#frames.at(-1)) {
      if (top.child < 0) {
        this.#pop()
        continue
      }
      const delta = top.child
      top.child = this.#links.nextSibling(delta)
      const data = this.#apply(top, delta)
      if (this.#links.firstChild(delta) >= 0) this.#push(delta, data)
      if (this.#sinceBreak > sliceBytes) {
        this.#sinceBreak = 0
        await setImmediate()
        signal?.throwIfAborted()
      }
    }
  }

  #apply(base: Frame, at: number): Buffer {
    const depth = this.#index.depth(base.at) + 1
    if (depth > this.#limits.deltaDepth) {
      throw limitExceeded('deltaDepth', `the pack stacks more than ${this.#limits.deltaDepth} deltas`)
    }
    const data = this.#applyBounded(base.data ?? this.#reread(base.at), this.#pack.readEntry(at))
    const kind = this.#index.kind(base.at)
    const type = typeName(kind)
    if (type === undefined) throw new GitError('InvalidObject', 'a delta in the pack builds on no object')
    const sha = objectHash(type, data.length).update(data).digest()
    this.#index.setBase(at, base.at)
    this.#index.identify(at, { kind, size: data.length, depth, sha })
    this.#links.known(sha, at)
    this.#resolved++
    return data
  }

  /** A dropped base costs its whole chain again, which is charged: else a pack could make us work for ever. */
  #reread(at: number): Buffer {
    const data = this.#pack.readObject(at)
    this.#charge(data.length * this.#index.depth(at))
    return data
  }

  #charge(bytes: number): void {
    this.#workBytes += bytes
    if (this.#workBytes > this.#limits.totalBytes) {
      throw limitExceeded('totalBytes', `the objects have more than ${this.#limits.totalBytes} bytes together`)
    }
    // a fixed part stands for the cost of an empty object
    this.#sinceBreak += bytes + 512
  }

  #applyBounded(base: Buffer, delta: Buffer): Buffer {
    const size = deltaResultSize(delta)
    if (size > this.#limits.objectBytes) {
      throw limitExceeded('objectBytes', `an object has ${size} bytes, more than ${this.#limits.objectBytes}`)
    }
    this.#charge(size)
    return applyDelta(base, delta)
  }

  #push(at: number, data: Buffer): void {
    this.#frames.push({ at, data, child: this.#links.firstChild(at) })
    this.#kept += data.length
    for (const frame of this.#frames) {
      if (this.#kept <= keptBytes || frame === this.#frames.at(-1)) break
      this.#kept -= frame.data?.length ?? 0
      frame.data = undefined
    }
  }

  #pop(): void {
    const frame = this.#frames.pop()
    this.#kept -= frame?.data?.length ?? 0
  }
}
