// SPDX-License-Identifier: Apache-2.0
import type { Kind } from '../../meta/kind.ts'

/** API group of the Kustomization. */
export const kustomizeGroup = 'kustomize.toolkit.fluxcd.io'

/** Kustomization, kustomize.toolkit.fluxcd.io/v1. */
export const kustomizationKind: Kind = {
  group: kustomizeGroup,
  version: 'v1',
  kind: 'Kustomization',
  plural: 'kustomizations',
  namespaced: true,
}
