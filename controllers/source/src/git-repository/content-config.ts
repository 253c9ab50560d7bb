// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util'
import { removeCondition, sourceVerifiedCondition } from '@tidelock/api'
import type { GitRepository, GitRepositoryStatus } from '@tidelock/api'

const observedFields = [
  'observedIgnore',
  'observedInclude',
  'observedRecurseSubmodules',
  'observedSparseCheckout',
] as const

type ContentConfig = Pick<GitRepositoryStatus, (typeof observedFields)[number]>

/** The settings that shape the content beside the revision, in the form that status keeps them. */
function contentConfig({ spec }: GitRepository): ContentConfig {
  const { ignore, include = [], recurseSubmodules = false, sparseCheckout = [] } = spec
  return {
    ...(ignore === undefined ? {} : { observedIgnore: ignore }),
    ...(include.length === 0 ? {} : { observedInclude: include }),
    ...(recurseSubmodules ? { observedRecurseSubmodules: true } : {}),
    ...(sparseCheckout.length === 0 ? {} : { observedSparseCheckout: sparseCheckout }),
  }
}

/** Whether the stored artifact was made with other settings than the spec has now. */
export function contentConfigChanged(obj: GitRepository): boolean {
  const observed: Record<string, unknown> = {}
  for (const field of observedFields) {
    const value = obj.status?.[field]
    const isEmpty = value === undefined || value === false || (Array.isArray(value) && value.length === 0)
    if (!isEmpty) observed[field] = value
  }
  return !isDeepStrictEqual(observed, contentConfig(obj))
}

/** Notes the settings of the spec as those of the stored artifact, and drops what earlier ones left in the status. */
export function observeContentConfig(obj: GitRepository): void {
  const status = { ...obj.status }
  for (const field of observedFields) delete status[field]
  if ((obj.spec.include ?? []).length === 0) delete status.includedArtifacts
  if (obj.spec.verify === undefined) delete status.sourceVerificationMode
  obj.status = { ...status, ...contentConfig(obj) }
  if (obj.spec.verify === undefined) removeCondition(obj, sourceVerifiedCondition)
}
