// SPDX-License-Identifier: Apache-2.0
import { kustomizationDefinition } from '../kustomize/v1/kustomization.ts'
import { receiverDefinition } from '../notification/v1/receiver.ts'
import { alertDefinition } from '../notification/v1beta3/alert.ts'
import { providerDefinition } from '../notification/v1beta3/provider.ts'
import { bucketDefinition } from '../source/v1/bucket.ts'
import { externalArtifactDefinition } from '../source/v1/external-artifact.ts'
import { gitRepositoryDefinition } from '../source/v1/git-repository.ts'
import { helmChartDefinition } from '../source/v1/helm-chart.ts'
import { helmRepositoryDefinition } from '../source/v1/helm-repository.ts'
import { ociRepositoryDefinition } from '../source/v1/oci-repository.ts'
import type { KindDefinition } from './definition.ts'

/** Every kind that this package declares, by group, then by plural. */
export const definitions: readonly KindDefinition[] = [
  kustomizationDefinition,
  alertDefinition,
  providerDefinition,
  receiverDefinition,
  bucketDefinition,
  externalArtifactDefinition,
  gitRepositoryDefinition,
  helmChartDefinition,
  helmRepositoryDefinition,
  ociRepositoryDefinition,
]
