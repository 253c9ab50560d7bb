// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf } from '@tidelock/api'
import type { Kind } from '@tidelock/api'
import type { ObjectRef } from '@tidelock/kube'

/** Names an object of a kind. */
export function toRef(kind: Kind, namespace: string, name: string): ObjectRef {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, namespace, name }
}
