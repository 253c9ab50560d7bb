// SPDX-License-Identifier: Apache-2.0
import type { FeatureGate } from '@tidelock/runtime'

/** The gates of the kustomize controller that this version honours, with Flux's names and defaults. */
export const featureGates: Readonly<Record<string, FeatureGate>> = {
  DisableFailFastBehavior: { default: false, description: 'wait the whole timeout even when an object has failed' },
  ExternalArtifact: { default: false, description: 'allow ExternalArtifact as a source' },
  GroupChangeLog: { default: false, description: 'log changes grouped by action' },
  MigrateAPIVersion: { default: false, description: 'rewrite old API versions in managed fields' },
  StrictPostBuildSubstitutions: { default: true, description: 'refuse variables without a value or default' },
}
