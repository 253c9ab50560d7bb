// SPDX-License-Identifier: Apache-2.0
import type { ObjectRef } from '@tidelock/kube'
import type { ChangeSet } from '../model/change-set.ts'
import type { OwnerKey } from '../model/owner.ts'
import type { WriteObserver } from '../plan/options.ts'
import type { KindCoverage, OwnershipCacheOptions, Suspect } from './types.ts'

export declare class OwnershipCache implements WriteObserver {
  constructor(options: OwnershipCacheOptions)
  /** Replaces what is known of the owner's objects by the result of a run. */
  record(owner: OwnerKey, changeSet: ChangeSet, options: { readonly intervalMs: number }): void
  /** Whether the object is proven to be as we applied it last, in the form with this hash. */
  isUntouched(owner: OwnerKey, ref: ObjectRef, renderedHash: string): boolean
  /** Objects of the owner that are suspect now. */
  suspects(owner: OwnerKey): readonly Suspect[]
  onSuspect(listener: (suspect: Suspect) => void): () => void
  /** Call when a suspect was corrected at once: a second offence by the culprit within the interval then waits for the interval. */
  corrected(suspect: Suspect): void
  forget(owner: OwnerKey): void
  writing(ref: ObjectRef): ReturnType<WriteObserver['writing']>
  /** Kinds of the owner (of all owners without one) that are not watched right now. */
  uncovered(owner?: OwnerKey): readonly KindCoverage[]
  readonly size: number
  close(): Promise<void>
}
