// SPDX-License-Identifier: Apache-2.0
import type { ProviderType } from '@tidelock/api'
import { genericHmac } from './generic-hmac.ts'
import { generic } from './generic.ts'
import type { Notifier } from './notifier.ts'
import { slack } from './slack.ts'

/** The notifier of each type. A type that is not here is said to be unsupported, on the Provider and its Alerts. */
export const notifiers: Readonly<Partial<Record<ProviderType, Notifier>>> = {
  generic,
  'generic-hmac': genericHmac,
  slack,
}
