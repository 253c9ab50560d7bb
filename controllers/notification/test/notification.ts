// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent, ProviderSpec } from '@tidelock/api'
import type { Notification } from '../src/sender/notification.ts'

const apiVersion = 'notification.toolkit.fluxcd.io/v1beta3'

/** A notification about Kustomization/apps/shop for a Provider with the spec. */
export function notificationOf(spec: ProviderSpec, event: Partial<FluxEvent> = {}): Notification {
  return {
    event: {
      involvedObject: {
        ...{ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace: 'apps', name: 'shop' },
        uid: 'object-uid',
      },
      severity: 'info',
      timestamp: '2026-01-01T00:00:00Z',
      message: 'done',
      reason: 'ReconciliationSucceeded',
      reportingController: 'kustomize-controller',
      ...event,
    },
    alert: {
      apiVersion,
      kind: 'Alert',
      metadata: { name: 'alert', namespace: 'apps', uid: 'alert-uid' },
      spec: { eventSources: [], providerRef: { name: 'provider' } },
    },
    provider: {
      apiVersion,
      kind: 'Provider',
      metadata: { name: 'provider', namespace: 'apps', uid: '0c9c2e41-d2f9-4f9b-9c41-bebc1984d67a' },
      spec,
    },
  }
}
