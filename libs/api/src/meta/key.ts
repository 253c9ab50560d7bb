// SPDX-License-Identifier: Apache-2.0
import type { KubeObject, ObjectReference } from './object.ts'

/** Names an object within its kind. `namespace` is empty for cluster-scoped objects. */
export interface ObjectKey {
  readonly namespace: string
  readonly name: string
}

/** The key of an object. */
export function toKey(obj: { readonly metadata: { readonly namespace?: string; readonly name: string } }): ObjectKey {
  return { namespace: obj.metadata.namespace ?? '', name: obj.metadata.name }
}

/** `namespace/name`, or the bare name for cluster scope. Unique within a kind, fit for map keys and messages. */
export function formatKey(key: ObjectKey): string {
  return key.namespace === '' ? key.name : `${key.namespace}/${key.name}`
}

/** Reads what `formatKey` wrote. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/')
  return slash === -1 ? { namespace: '', name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) }
}

/** The reference that an event about this object carries: identity and the version that was seen. */
export function toReference(obj: KubeObject): ObjectReference {
  const { namespace, name, uid, resourceVersion } = obj.metadata
  return {
    apiVersion: obj.apiVersion,
    kind: obj.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }
}
