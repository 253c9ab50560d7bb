// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '../../duration/parse.ts'
import type { Kustomization, KustomizationSpec, PostBuild } from './kustomization.ts'

const shortestTimeoutMs = 30_000

/** Milliseconds between two runs. Throws ApiError `InvalidDuration` as all of these do. */
export function kustomizationInterval(obj: Kustomization): number {
  return parseDuration(obj.spec.interval)
}

/** Milliseconds that building, applying and waiting may take: `spec.timeout`, or the interval less 30 s; at least 30 s. */
export function kustomizationTimeout(obj: Kustomization): number {
  const { timeout } = obj.spec
  const wanted = timeout === undefined ? kustomizationInterval(obj) - 30_000 : parseDuration(timeout)
  return Math.max(wanted, shortestTimeoutMs)
}

/** Milliseconds until the next run after a failure: `spec.retryInterval`, or the interval. */
export function kustomizationRetryInterval(obj: Kustomization): number {
  const { retryInterval } = obj.spec
  return retryInterval === undefined ? kustomizationInterval(obj) : parseDuration(retryInterval)
}

/** What happens to the applied objects when this one is deleted; MirrorPrune by default. */
export function kustomizationDeletionPolicy(obj: Kustomization): NonNullable<KustomizationSpec['deletionPolicy']> {
  return obj.spec.deletionPolicy ?? 'MirrorPrune'
}

/** When text is substituted; WithVariables by default. */
export function kustomizationSubstituteStrategy(obj: Kustomization): NonNullable<PostBuild['substituteStrategy']> {
  return obj.spec.postBuild?.substituteStrategy ?? 'WithVariables'
}
