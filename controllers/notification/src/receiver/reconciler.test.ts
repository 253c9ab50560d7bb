// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { Receiver, ReceiverSpec, ReceiverType } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import type { ReconcileContext } from '@tidelock/runtime'
import { createReceiverReconciler } from './reconciler.ts'

const reconciler = createReceiverReconciler({} as KubeClient)
const context = { signal: new AbortController().signal } as ReconcileContext
const progress = {} as Parameters<typeof reconciler.reconcile>[2]
const receiverWith = (spec: Partial<ReceiverSpec>): Receiver => ({
  apiVersion: 'notification.toolkit.fluxcd.io/v1',
  kind: 'Receiver',
  metadata: { name: 'hook', namespace: 'apps' },
  spec: { type: 'generic', resources: [], secretRef: { name: 'token' }, ...spec },
})

it.each<[string, Partial<ReceiverSpec>, string]>([
  ['of a type that is not there', { type: 'carrier-pigeon' as ReceiverType }, "'carrier-pigeon' is not supported"],
  ['with issuers that its type does not ask', { oidcProviders: [{ issuerURL: 'https://a', validations: [] }] }, 'oidc'],
])('a Receiver %s stalls and says so', async (_what, spec, part) => {
  expect(await reconciler.reconcile(context, receiverWith(spec), progress)).toMatchObject({
    kind: 'stalled',
    reason: 'ValidationFailed',
    message: expect.stringContaining(part),
  })
})
