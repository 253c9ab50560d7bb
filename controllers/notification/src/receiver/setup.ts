// SPDX-License-Identifier: Apache-2.0
import {
  finalizer,
  formatDuration,
  formatKey,
  readyCondition,
  receiverInterval,
  receiverKind,
  reconcilingCondition,
  stalledCondition,
} from '@tidelock/api'
import type { Kind, KubeObject, Receiver } from '@tidelock/api'
import type { Informer, KubeClient } from '@tidelock/kube'
import type { ControllerHandle, Manager } from '@tidelock/runtime'
import { createReceiverReconciler } from './reconciler.ts'

const secretKind: Kind = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true }
const secretIndex = 'secret'

/** The index of Receivers by the path that their status names. */
export const pathIndex = 'path'

/** Adds the controller of Receivers to the manager; `watchSecrets` reconciles them when a labelled Secret that they name changes. */
export function setupReceiver(
  manager: Manager,
  { client, watchSecrets }: { readonly client: KubeClient; readonly watchSecrets: boolean },
): ControllerHandle {
  const receivers = manager.ownInformer<Receiver>(receiverKind)
  receivers.addIndex(pathIndex, ({ status }) => (status?.webhookPath === undefined ? [] : [status.webhookPath]))
  receivers.addIndex(secretIndex, ({ metadata, spec }) =>
    spec.secretRef === undefined ? [] : [formatKey({ namespace: metadata.namespace ?? '', name: spec.secretRef.name })],
  )
  return manager.addController<Receiver>({
    name: 'receiver',
    kind: receiverKind,
    reconciler: createReceiverReconciler(client),
    conditions: {
      owned: [readyCondition, reconcilingCondition, stalledCondition],
      summarize: [],
      negativePolarity: [],
      progressMakesReadyUnknown: false,
    },
    finalizer,
    fieldManager: 'notification-controller',
    intervalMs: receiverInterval,
    successEvent: (_obj, { intervalMs }) => ({
      severity: 'info',
      reason: 'Succeeded',
      message: `Reconciliation finished, next run in ${formatDuration(intervalMs)}`,
    }),
    watches: (builder) => {
      if (!watchSecrets) return
      const labelSelector = manager.options.watchConfigsLabelSelector
      const secrets: Informer = manager.informer(secretKind, { labelSelector, metadataOnly: true })
      const users = ({ metadata: { name, namespace = '' } }: KubeObject) =>
        builder.own.byIndex(secretIndex, formatKey({ namespace, name })).map(({ metadata }) => ({
          key: { namespace: metadata.namespace ?? '', name: metadata.name },
        }))
      builder.on(secrets, {
        upsert: (now, before) => (now.metadata.resourceVersion === before?.metadata.resourceVersion ? [] : users(now)),
        remove: users,
      })
    },
  })
}
