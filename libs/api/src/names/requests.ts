// SPDX-License-Identifier: Apache-2.0
import type { CommonStatus, ObjectMeta } from '../meta/object.ts'
import { reconcileRequestAnnotation } from './keys.ts'

/** The token of the request annotation, or undefined when the object has none. */
export function reconcileRequest(obj: { readonly metadata: Pick<ObjectMeta, 'annotations'> }): string | undefined {
  return obj.metadata.annotations?.[reconcileRequestAnnotation]
}

/** Whether the object carries a request that its status does not say was handled. */
export function hasPendingRequest(obj: {
  readonly metadata: Pick<ObjectMeta, 'annotations'>
  readonly status?: Pick<CommonStatus, 'lastHandledReconcileAt'>
}): boolean {
  const token = reconcileRequest(obj)
  return token !== undefined && token !== (obj.status?.lastHandledReconcileAt ?? '')
}
