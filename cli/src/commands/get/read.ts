// SPDX-License-Identifier: Apache-2.0
import type { Listed } from '../../kinds/listed.ts'
import type { GetRequest } from './flags.ts'

/** What of the API server's lists and watches a request is about. */
export function scopeOf({ name, flags, connection }: GetRequest): {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
} {
  return {
    ...(flags.allNamespaces === true ? {} : { namespace: connection.namespace }),
    ...(flags.labelSelector === undefined ? {} : { labelSelector: flags.labelSelector }),
    ...(name === undefined ? {} : { fieldSelector: `metadata.name=${name}` }),
  }
}

/** The objects, without who manages which field. Throws KubeError. */
export async function readListed(request: GetRequest): Promise<readonly Listed[]> {
  const { kind, connection, signal } = request
  const { items } = await connection.client.list<Listed>(kind.kind, { ...scopeOf(request), signal })
  for (const { metadata } of items) delete metadata.managedFields
  return items
}
