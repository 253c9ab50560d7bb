// SPDX-License-Identifier: Apache-2.0
import type { Kind } from '../meta/kind.ts'

/** API group of alerts, their providers and of receivers. */
export const notificationGroup = 'notification.toolkit.fluxcd.io'

const notification = (version: string, kind: string, plural: string): Kind => ({
  group: notificationGroup,
  version,
  kind,
  plural,
  namespaced: true,
})

/** Alert, notification.toolkit.fluxcd.io/v1beta3. */
export const alertKind: Kind = notification('v1beta3', 'Alert', 'alerts')
/** Provider, notification.toolkit.fluxcd.io/v1beta3. */
export const providerKind: Kind = notification('v1beta3', 'Provider', 'providers')
/** Receiver, notification.toolkit.fluxcd.io/v1. */
export const receiverKind: Kind = notification('v1', 'Receiver', 'receivers')
