// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { formatRef } from '@tidelock/kube'
import type { ObjectRef } from '@tidelock/kube'
import type { ConfigReader } from '../configs.ts'

/** An object whose content goes into a build, by its version. It never holds the content. */
export interface InputVersion {
  /** `Kind/namespace/name`. */
  readonly subject: string
  /** Of the object that was read; both are '' when there was none. */
  readonly uid: string
  readonly resourceVersion: string
}

/** The version of an object that was read, or of its absence. */
export function versionOf(ref: ObjectRef, found: KubeObject | undefined): InputVersion {
  const { uid = '', resourceVersion = '' } = found?.metadata ?? {}
  return { subject: formatRef(ref), uid, resourceVersion }
}

/**
 * The versions that the objects have now, read from where a build reads them: as a rule the API server (metadata only) and not a cache,
 * so that who changes a ConfigMap and then pushes a commit finds both applied. Throws KubeError.
 */
export function readVersions(
  refs: readonly ObjectRef[],
  configs: ConfigReader,
  signal: AbortSignal,
): Promise<readonly InputVersion[]> {
  return Promise.all(refs.map(async (ref) => versionOf(ref, await configs.find(ref, { signal, metadataOnly: true }))))
}
