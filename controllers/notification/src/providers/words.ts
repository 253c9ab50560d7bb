// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'

/** `kustomization/apps`. */
export function objectName({ involvedObject: { kind = '', name = '' } }: FluxEvent): string {
  return `${kind}/${name}`.toLowerCase()
}

/** The reason in words: `ReconciliationSucceeded` is "reconciliation succeeded", `OCIArtifactPullFailed` "oci artifact pull failed". */
export function reasonInWords({ reason }: Pick<FluxEvent, 'reason'>): string {
  const words = reason.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Nd}+|[^\p{Lu}\p{Ll}\p{Nd}]+/gu) ?? []
  return words.join(' ').toLowerCase()
}
