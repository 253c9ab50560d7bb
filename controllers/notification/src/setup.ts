// SPDX-License-Identifier: Apache-2.0
import { receiverKind } from '@tidelock/api'
import type { Clock, Receiver } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import type { Manager } from '@tidelock/runtime'
import { addServer } from './http/serve.ts'
import type { NotificationOptions } from './options.ts'
import { setupReceiver } from './receiver/setup.ts'
import { handleWebhook } from './receivers/webhook-server.ts'

/** What the notification controller works with, beside the manager. */
export interface NotificationDependencies {
  readonly client: KubeClient
  readonly clock: Clock
  readonly options: NotificationOptions
}

/** Adds everything of the notification controller to the manager. */
export function setupNotification(manager: Manager, { client, clock, options }: NotificationDependencies): void {
  const { noCrossNamespaceRefs } = options
  setupReceiver(manager, { client, watchSecrets: !options.features.enabled('DisableConfigWatchers') })
  const receivers = manager.ownInformer<Receiver>(receiverKind)
  const webhooks = { client, clock, log: manager.log, receivers, noCrossNamespaceRefs }
  addServer(manager, {
    name: 'webhook receiver',
    flag: '--receiverAddr',
    address: options.receiverAddr,
    handle: (request, response, signal) => handleWebhook(webhooks, request, response, signal),
  })
}
