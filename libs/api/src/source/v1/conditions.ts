// SPDX-License-Identifier: Apache-2.0
import type { SummaryTable } from '../../conditions/summary.ts'
import {
  artifactInStorageCondition,
  artifactOutdatedCondition,
  buildFailedCondition,
  fetchFailedCondition,
  includeUnavailableCondition,
  readyCondition,
  reconcilingCondition,
  sourceVerifiedCondition,
  stalledCondition,
  storageOperationFailedCondition,
} from '../../names/conditions.ts'

/** The conditions of a kind of source. */
export interface SourceConditions extends SummaryTable {
  /** Every type that the controller writes. */
  readonly owned: readonly string[]
  /** Types that mean a failure while they are True; their end is reported as a recovery. */
  readonly failures: readonly string[]
}

/** `specific` is bad when True and stands between fetching and the state of the artifact, as Flux has it. */
function sourceConditions(options: { specific?: string; verified: boolean }): SourceConditions {
  const specific = options.specific === undefined ? [] : [options.specific]
  const verified = options.verified ? [sourceVerifiedCondition] : []
  const failures = [storageOperationFailedCondition, fetchFailedCondition, ...specific]
  const results = [...failures, artifactOutdatedCondition, artifactInStorageCondition, ...verified]
  return {
    owned: [...results, readyCondition, reconcilingCondition, stalledCondition],
    summarize: [...results, stalledCondition, reconcilingCondition],
    negativePolarity: [...failures, artifactOutdatedCondition, stalledCondition, reconcilingCondition],
    biPolarity: verified,
    failures,
  }
}

/** Conditions of the GitRepository. */
export const gitRepositoryConditions: SourceConditions = sourceConditions({
  specific: includeUnavailableCondition,
  verified: true,
})
/** Conditions of the OCIRepository. */
export const ociRepositoryConditions: SourceConditions = sourceConditions({ verified: true })
/** Conditions of the HelmChart. */
export const helmChartConditions: SourceConditions = sourceConditions({
  specific: buildFailedCondition,
  verified: true,
})
/** Conditions of the HelmRepository. */
export const helmRepositoryConditions: SourceConditions = sourceConditions({ verified: false })
/** Conditions of the Bucket. */
export const bucketConditions: SourceConditions = sourceConditions({ verified: false })
