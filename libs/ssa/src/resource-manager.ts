// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { refOf, silentLog } from '@tidelock/kube'
import type { ObjectRef } from '@tidelock/kube'
import { diff } from './diff.ts'
import { managerRules } from './fields/takeover.ts'
import type { ChangeSet } from './model/change-set.ts'
import type { InventoryEntry } from './model/inventory.ts'
import { compareRefs } from './model/kind-order.ts'
import { withOwnerLabels } from './model/owner.ts'
import { normalizeObject, withCommonMetadata } from './normalize/normalize.ts'
import { applyAllStaged } from './plan/apply-all-staged.ts'
import type { ApplyContext } from './plan/context.ts'
import type {
  ApplyAllOptions,
  CommonMetadata,
  DiffOptions,
  DiffResult,
  PruneOptions,
  PruneResult,
  ResourceManagerOptions,
} from './plan/options.ts'
import { waitUntilGone } from './plan/recreate.ts'
import { prune } from './prune.ts'

const defaultConcurrency = 4

/** Brings the objects of one owner to a cluster by server-side apply, and takes them away again, exactly as Flux does. Cheap to make. */
export class ResourceManager {
  readonly #context: ApplyContext

  constructor(options: ResourceManagerOptions) {
    const { client, owner, clock, observer, log, disallowedManagers } = options
    this.#context = {
      client,
      owner,
      clock,
      observer,
      concurrency: Math.max(1, options.concurrency ?? defaultConcurrency),
      customStageKinds: options.customStageKinds ?? new Set(),
      rules: managerRules(owner.fieldManager, disallowedManagers),
      migrateApiVersion: options.migrateApiVersion ?? false,
      log: log ?? silentLog,
    }
  }

  /** The objects as they are sent: with owner labels, normalised, with the common metadata (which wins), in apply order. Pure. */
  prepare(objects: readonly KubeObject[], common: CommonMetadata = {}): KubeObject[] {
    return objects
      .map((object) => withCommonMetadata(normalizeObject(withOwnerLabels(object, this.#context.owner)), common))
      .sort((a, b) => compareRefs(refOf(a), refOf(b)))
  }

  /**
   * Applies prepared objects in stages and returns what was done to each, in the order of Flux's inventory. Throws ApplyError, whose
   * change set says what was done before; or the signal's reason.
   */
  applyAllStaged(objects: readonly KubeObject[], options: ApplyAllOptions, signal: AbortSignal): Promise<ChangeSet> {
    return applyAllStaged(this.#context, objects, options, signal)
  }

  /** What applying one prepared object would do. Writes nothing. Throws ApplyError. */
  diff(object: KubeObject, options: DiffOptions, signal: AbortSignal): Promise<DiffResult> {
    return diff(this.#context, object, options, signal)
  }

  /** Deletes what the entries name as far as it is still ours. Throws only `InvalidInventoryId` and the signal's reason. */
  prune(entries: readonly InventoryEntry[], options: PruneOptions, signal: AbortSignal): Promise<PruneResult> {
    return prune(this.#context, entries, options, signal)
  }

  /** Resolves when none of the objects exists any more. Throws `TerminationTimeout`; the time is for all of them together. */
  async waitForTermination(
    refs: readonly ObjectRef[],
    { timeoutMs, pollMs = 2000 }: { readonly timeoutMs: number; readonly pollMs?: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#context
    const deadline = clock.monotonic() + timeoutMs
    for (const ref of refs) {
      const left = Math.max(0, deadline - clock.monotonic())
      await waitUntilGone(this.#context, ref, undefined, { timeoutMs: left, pollMs }, signal)
    }
  }
}
