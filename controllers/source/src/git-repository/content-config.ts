// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util'
import type { Artifact, GitRepository, GitRepositoryStatus } from '@tidelock/api'
import { needsVerification, verificationMode } from './verification.ts'

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

/** Whether the stored artifact was made with other settings than the spec has now, or has yet to be verified. */
export function contentConfigChanged(obj: GitRepository): boolean {
  const observed: Record<string, unknown> = {}
  for (const field of observedFields) {
    const value = obj.status?.[field]
    const isEmpty = value === undefined || value === false || (Array.isArray(value) && value.length === 0)
    if (!isEmpty) observed[field] = value
  }
  return !isDeepStrictEqual(observed, contentConfig(obj)) || needsVerification(obj)
}

/** Notes the settings of the spec, and what was included, as those of the stored artifact, and drops what earlier ones left in the status. */
export function observeContentConfig(obj: GitRepository, included: readonly Artifact[]): void {
  const status = { ...obj.status }
  for (const field of observedFields) delete status[field]
  delete status.includedArtifacts
  if (included.length > 0) status.includedArtifacts = [...included]
  // noted with the artifact that passed: a pass of one that could not be stored says nothing about the one before it
  const mode = verificationMode(obj)
  if (mode === undefined) delete status.sourceVerificationMode
  else status.sourceVerificationMode = mode
  obj.status = { ...status, ...contentConfig(obj) }
}
