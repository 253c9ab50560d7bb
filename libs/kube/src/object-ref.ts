// SPDX-License-Identifier: Apache-2.0

/** Names one object of any kind. `namespace` is absent for cluster-scoped objects. */
export interface ObjectRef {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

/** The reference to an object. */
export function refOf(obj: {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}): ObjectRef {
  const { namespace, name } = obj.metadata
  return {
    apiVersion: obj.apiVersion,
    kind: obj.kind,
    name,
    ...(namespace === undefined || namespace === '' ? {} : { namespace }),
  }
}

/** `Kind/namespace/name`, or `Kind/name` without a namespace: the subject of messages. */
export function formatRef(ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string {
  return ref.namespace === undefined || ref.namespace === ''
    ? `${ref.kind}/${ref.name}`
    : `${ref.kind}/${ref.namespace}/${ref.name}`
}
