// SPDX-License-Identifier: Apache-2.0
import { formatKey } from '@tidelock/api'
import type { InventoryEntry, ObjectKey } from '@tidelock/api'
import type { ReadSet } from '@tidelock/kustomize-wasm'
import type { ChangeSet, ChangeSetEntry } from '@tidelock/ssa'
import type { SecretValues } from '../secret-values.ts'

/** What tells one build from another. */
export interface BuildIdentity {
  readonly skipKey: string
  /** Digest of what it read of the artifact. */
  readonly tree: string
}

/** Where the objects of a run came from that built nothing. */
export interface RestoredFrom {
  /** The objects, compressed. */
  readonly packed: Buffer
  readonly changeSet: ChangeSet
  /** Of the change set: objects that are not among the restored ones, and are as they were applied. */
  readonly withheld: ReadonlySet<ChangeSetEntry>
}

/** What is remembered of a build that was applied, and pruned after, as a whole. */
export interface AppliedBuild extends BuildIdentity {
  /** Digest of an artifact that it can be made of. */
  readonly artifactDigest: string
  readonly readSet: ReadSet
  /** Of the rendered stream: `status.history[].digest`. */
  readonly digest: string
  /** What the run applied, all of it unchanged or skipped by now, without what the server answered. */
  readonly changeSet: ChangeSet
  /** The inventory that it left. */
  readonly entries: readonly InventoryEntry[]
  /** What must not be quoted when its objects are applied again. */
  readonly secrets: SecretValues
  /** Its objects but for the withheld ones, compressed; undefined when there was no room. */
  readonly packed: Buffer | undefined
  /** The entries of the change set whose objects hold what was decrypted: what was decrypted stays in memory no longer than its run. */
  readonly withheld: ReadonlySet<ChangeSetEntry>
}

/**
 * The last build that was applied for each Kustomization: hashes and names, and the objects as long as all of them together take less
 * than the bound; the oldest go first. With them drift is corrected, and everything dry-run, without another build. Empty after a
 * start. Whoever begins to write objects drops the entry first, so that one that is there always tells what is on the cluster.
 */
export class AppliedBuilds {
  readonly #byKey = new Map<string, AppliedBuild>()
  readonly #maxBytes: number
  #bytes = 0

  /** `maxBytes`: what the compressed objects may take. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get(key: ObjectKey): AppliedBuild | undefined {
    return this.#byKey.get(formatKey(key))
  }

  set(key: ObjectKey, applied: AppliedBuild): void {
    this.drop(key)
    this.#byKey.set(formatKey(key), applied)
    this.#bytes += sizeOf(applied)
    for (const [id, each] of this.#byKey) {
      if (this.#bytes <= this.#maxBytes) return
      this.#bytes -= sizeOf(each)
      this.#byKey.set(id, { ...each, packed: undefined })
    }
  }

  drop(key: ObjectKey): void {
    const known = this.get(key)
    if (known === undefined) return
    this.#bytes -= sizeOf(known)
    this.#byKey.delete(formatKey(key))
  }
}

function sizeOf({ packed }: AppliedBuild): number {
  return packed?.byteLength ?? 0
}
