// SPDX-License-Identifier: Apache-2.0
import type { FeatureGate } from '@tidelock/runtime'

/** Gates of Flux that change nothing here: what they turn on is not there yet, or is done anyway. */
export const inertGates: readonly string[] = ['DisableStatusPollerCache']

const inert = { default: false, description: "known from Flux's manifests, without effect in this version" }

/** The gates of the kustomize controller, with Flux's names and defaults. */
export const featureGates: Readonly<Record<string, FeatureGate>> = {
  ...Object.fromEntries(inertGates.map((name) => [name, inert])),
  AdditiveCELDependencyCheck: {
    default: false,
    description: 'a dependency with a readyExpr must also pass the built-in check',
  },
  CacheSecretsAndConfigMaps: { default: false, description: 'read ConfigMaps and Secrets from a cache of all of them' },
  CancelHealthCheckOnNewRevision: { default: false, description: 'end a wait for health at every new revision' },
  DirectSourceFetch: { default: false, description: 'read sources from the API server instead of the cache' },
  DisableConfigWatchers: { default: false, description: 'start no run when a watched ConfigMap or Secret changes' },
  DisableFailFastBehavior: { default: false, description: 'wait the whole timeout even when an object has failed' },
  ExternalArtifact: { default: false, description: 'allow ExternalArtifact as a source' },
  GroupChangeLog: { default: false, description: 'log changes grouped by action' },
  MigrateAPIVersion: { default: false, description: 'rewrite old API versions in managed fields' },
  ObjectLevelWorkloadIdentity: {
    default: false,
    description: 'let objects name the account whose cloud identity is used',
  },
  StrictPostBuildSubstitutions: { default: true, description: 'refuse variables without a value or default' },
}
