// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion } from '@tidelock/api'

/** A kind as Kustomize writes it, and Flux in its messages after it: `Deployment.v1.apps`, `Secret.v1.[noGrp]`. */
export function formatGvk(apiVersion: string, kind: string): string {
  const { group, version } = parseApiVersion(apiVersion)
  return `${kind}.${version}.${group || '[noGrp]'}`
}
