// SPDX-License-Identifier: Apache-2.0
import type { FeatureGate } from '@tidelock/runtime'

/** Gates of Flux's source controller that change nothing here. */
export const inertGates: readonly string[] = ['CacheSecretsAndConfigMaps']

/** The gates of the source controller, with Flux's names and defaults. */
export const featureGates: Readonly<Record<string, FeatureGate>> = {
  CacheSecretsAndConfigMaps: { default: false, description: 'keep Secrets and ConfigMaps in memory' },
  ObjectLevelWorkloadIdentity: { default: false, description: 'let objects name the account for cloud providers' },
}
