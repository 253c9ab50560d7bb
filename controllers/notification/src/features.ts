// SPDX-License-Identifier: Apache-2.0
import type { FeatureGate } from '@tidelock/runtime'

/** Gates of Flux that change nothing here: Secrets are never cached. */
export const inertGates: readonly string[] = ['CacheSecretsAndConfigMaps']

/** The gates of the notification controller, with Flux's names and defaults. */
export const featureGates: Readonly<Record<string, FeatureGate>> = {
  CacheSecretsAndConfigMaps: { default: false, description: 'keep Secrets and ConfigMaps in memory' },
  DisableConfigWatchers: { default: false, description: 'do not watch the Secrets that Receivers name' },
  ObjectLevelWorkloadIdentity: { default: false, description: 'let objects name the account for cloud providers' },
}
