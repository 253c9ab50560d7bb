// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '../../duration/parse.ts'
import type { GitRepository, GitRepositoryInclude } from './git-repository.ts'
import type { HelmRepository } from './helm-repository.ts'
import type { OCILayerSelector } from './oci-repository.ts'

const defaultTimeout = '60s'

/** Milliseconds that one remote operation of a source may take. Throws ApiError `InvalidDuration`. */
export function sourceTimeout(obj: { readonly spec: { readonly timeout?: string } }): number {
  return parseDuration(obj.spec.timeout ?? defaultTimeout)
}

/** Milliseconds between two looks at a source; undefined for a HelmRepository that names none (type oci). */
export function sourceInterval(obj: { readonly spec: { readonly interval: string } }): number
export function sourceInterval(obj: { readonly spec: { readonly interval?: string } }): number | undefined
export function sourceInterval(obj: { readonly spec: { readonly interval?: string } }): number | undefined {
  return obj.spec.interval === undefined ? undefined : parseDuration(obj.spec.interval)
}

/** The service whose credentials a GitRepository uses. */
export function gitProvider(obj: GitRepository): NonNullable<GitRepository['spec']['provider']> {
  return obj.spec.provider ?? 'generic'
}

/** What must be signed; the old spelling `head` and an absent mode count as HEAD. */
export function gitVerificationMode(obj: GitRepository): 'HEAD' | 'Tag' | 'TagAndHEAD' | undefined {
  if (obj.spec.verify === undefined) return undefined
  const mode = obj.spec.verify.mode ?? 'HEAD'
  return mode === 'head' ? 'HEAD' : mode
}

/** Directory in the artifact that an included repository is copied to. */
export function includeTarget(include: GitRepositoryInclude): string {
  return include.toPath === undefined || include.toPath === '' ? include.repository.name : include.toPath
}

/** What is done with the layer of an OCI artifact. */
export function layerOperation(selector: OCILayerSelector | undefined): 'extract' | 'copy' {
  return selector?.operation ?? 'extract'
}

/** What a HelmRepository is. */
export function helmRepositoryType(obj: HelmRepository): 'default' | 'oci' {
  return obj.spec.type ?? 'default'
}
