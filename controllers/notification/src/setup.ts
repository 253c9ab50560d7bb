// SPDX-License-Identifier: Apache-2.0
import { receiverKind, webhookPrefix } from '@tidelock/api'
import type { Clock, Receiver } from '@tidelock/api'
import type { AuthDeps } from '@tidelock/auth'
import type { KubeClient } from '@tidelock/kube'
import type { Manager } from '@tidelock/runtime'
import { setupDispatch } from './dispatch/setup.ts'
import type { DispatchSettings } from './dispatch/setup.ts'
import { handleEvent } from './events/event-server.ts'
import { addServer } from './http/serve.ts'
import type { NotificationOptions } from './options.ts'
import { setupReceiver } from './receiver/setup.ts'
import type { OidcTokens } from './webhooks/oidc-tokens.ts'
import { handleWebhook } from './webhooks/webhook-server.ts'

/** What the notification controller works with, beside the manager. */
export interface NotificationDependencies {
  readonly auth: AuthDeps
  readonly client: KubeClient
  readonly clock: Clock
  readonly random: () => number
  readonly userAgent: string
  readonly oidc: OidcTokens
  readonly options: NotificationOptions
  /** See `IntakeOptions`. */
  readonly bus?: DispatchSettings['bus']
  /** See `OnStep`. */
  readonly onStep?: NonNullable<DispatchSettings['onStep']>
}

/** Adds everything of the notification controller to the manager. The caller disposes of what it returns when the manager has ended. */
export async function setupNotification(
  manager: Manager,
  dependencies: NotificationDependencies,
): Promise<AsyncDisposable> {
  const { client, clock, oidc, options } = dependencies
  const { noCrossNamespaceRefs, rateLimitIntervalMs } = options
  setupReceiver(manager, { client, watchSecrets: !options.features.enabled('DisableConfigWatchers') })
  const receivers = manager.ownInformer<Receiver>(receiverKind)
  const webhooks = { client, clock, log: manager.log, oidc, receivers, noCrossNamespaceRefs }
  addServer(manager, {
    name: 'webhook receiver',
    flag: '--receiverAddr',
    address: options.receiverAddr,
    ...{ prefix: 'gotk_receiver', handler: webhookPrefix, withPaths: options.exportHttpPathMetrics },
    handle: (request, response, signal) => handleWebhook(webhooks, request, response, signal),
  })
  const dispatch = await setupDispatch(manager, dependencies)
  const events = {
    clock,
    log: manager.log,
    rateLimitIntervalMs,
    limiter: dispatch.limiter,
    accept: dispatch.accept,
    onRefused: dispatch.onRefused,
  }
  addServer(manager, {
    name: 'event server',
    flag: '--events-addr',
    address: options.eventsListenAddr,
    ...{ prefix: 'gotk_event', handler: '/', withPaths: options.exportHttpPathMetrics },
    handle: (request, response) => handleEvent(events, request, response),
  })
  return dispatch
}
