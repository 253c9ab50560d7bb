// SPDX-License-Identifier: Apache-2.0
import type { Kind } from '../../meta/kind.ts'

/** API group of the sources. */
export const sourceGroup = 'source.toolkit.fluxcd.io'

const source = (kind: string, plural: string): Kind => ({
  group: sourceGroup,
  version: 'v1',
  kind,
  plural,
  namespaced: true,
})

/** GitRepository, source.toolkit.fluxcd.io/v1. */
export const gitRepositoryKind: Kind = source('GitRepository', 'gitrepositories')
/** OCIRepository, source.toolkit.fluxcd.io/v1. */
export const ociRepositoryKind: Kind = source('OCIRepository', 'ocirepositories')
/** HelmRepository, source.toolkit.fluxcd.io/v1. */
export const helmRepositoryKind: Kind = source('HelmRepository', 'helmrepositories')
/** HelmChart, source.toolkit.fluxcd.io/v1. */
export const helmChartKind: Kind = source('HelmChart', 'helmcharts')
/** Bucket, source.toolkit.fluxcd.io/v1. */
export const bucketKind: Kind = source('Bucket', 'buckets')
/** ExternalArtifact, source.toolkit.fluxcd.io/v1. */
export const externalArtifactKind: Kind = source('ExternalArtifact', 'externalartifacts')
