// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import type { ObjectRef } from '@tidelock/kube'

/** The Deployment that the scenes change. */
export interface Deployment extends KubeObject {
  spec: { replicas?: number; template: { spec: { containers: { name: string; image: string }[] } } }
}

const namespace = 'production'

export const storefront: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'storefront' }
export const storefrontService: ObjectRef = { apiVersion: 'v1', kind: 'Service', namespace, name: 'storefront' }
export const ordersBudget: ObjectRef = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  namespace,
  name: 'orders',
}
export const inboxAlert: ObjectRef = {
  apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
  kind: 'Alert',
  namespace: 'flux-system',
  name: 'inbox',
}
