// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util'
import type { GitRepository, GitRepositoryStatus } from '@tidelock/api'

/** The settings that shape the content beside the revision, in the form that status keeps them. */
function contentConfig({
  spec,
}: GitRepository): Pick<
  GitRepositoryStatus,
  'observedIgnore' | 'observedInclude' | 'observedRecurseSubmodules' | 'observedSparseCheckout'
> {
  return {
    ...(spec.ignore === undefined ? {} : { observedIgnore: spec.ignore }),
    ...((spec.include ?? []).length === 0 ? {} : { observedInclude: spec.include }),
    ...(spec.recurseSubmodules === true ? { observedRecurseSubmodules: true } : {}),
    ...((spec.sparseCheckout ?? []).length === 0 ? {} : { observedSparseCheckout: spec.sparseCheckout }),
  } as ReturnType<typeof contentConfig>
}

/** Whether the stored artifact was made with other settings than the spec has now. */
export function contentConfigChanged(obj: GitRepository): boolean {
  const { observedIgnore, observedInclude, observedRecurseSubmodules, observedSparseCheckout } = obj.status ?? {}
  const observed = { observedIgnore, observedInclude, observedRecurseSubmodules, observedSparseCheckout }
  const present = Object.fromEntries(
    Object.entries(observed).filter(([, value]) => value !== undefined && value !== false),
  )
  return !isDeepStrictEqual(present, contentConfig(obj))
}

/** Notes the settings of the spec as those of the stored artifact. */
export function observeContentConfig(obj: GitRepository): void {
  const { observedIgnore, observedInclude, observedRecurseSubmodules, observedSparseCheckout, ...rest } =
    obj.status ?? {}
  void [observedIgnore, observedInclude, observedRecurseSubmodules, observedSparseCheckout]
  obj.status = { ...rest, ...contentConfig(obj) }
}
