// SPDX-License-Identifier: Apache-2.0
import { alertKind, providerKind, receiverKind } from '@tidelock/api'
import { suspendedColumn } from './kind.ts'
import type { CommandKind } from './kind.ts'
import { readyOf } from './listed.ts'

const notification = {
  verbs: ['get', 'suspend', 'resume', 'delete', 'export'],
  columns: [suspendedColumn],
  ready: readyOf,
  isStatic: () => true,
  alwaysWritten: [],
} satisfies Partial<CommandKind>

/** Receivers, Providers and Alerts, in the order in which `get all` lists them. */
export const notificationKinds: readonly CommandKind[] = [
  {
    ...notification,
    kind: receiverKind,
    title: 'receiver',
    words: { one: 'receiver', many: 'receivers' },
    verbs: [...notification.verbs, 'reconcile'],
    // it has the path of the webhook
    wholeMessage: true,
    isStatic: () => false,
    success: () => 'Receiver reconciliation completed',
  },
  {
    ...notification,
    kind: providerKind,
    title: 'alert provider',
    words: { one: 'alert-provider', many: 'alert-providers' },
    columns: [],
    // whatever its conditions tell of deliveries, it takes events
    ready: () => ({ status: 'True', message: 'Provider is Ready' }),
    success: () => 'Provider reconciliation completed',
  },
  {
    ...notification,
    kind: alertKind,
    title: 'alert',
    words: { one: 'alert', many: 'alerts' },
    ready: () => ({ status: 'True', message: 'Alert is Ready' }),
    success: () => 'Alert reconciliation completed',
  },
]
