// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion } from '@tidelock/api'
import { isKubeError } from '@tidelock/kube'
import type { KubeClient, ObjectRef } from '@tidelock/kube'

interface GroupDocument {
  readonly versions?: readonly { readonly groupVersion: string }[]
}

interface ResourceDocument {
  readonly resources?: readonly { readonly kind: string }[]
}

/**
 * An API version under which the kind is served by now, when it is not the one that the reference names; undefined when no
 * version of the group has the kind: its definition is gone, and all objects with it. Throws when a part of the group does not
 * answer (an API service that is down): its objects may well be there.
 */
export async function findServedVersion(
  client: KubeClient,
  ref: Pick<ObjectRef, 'apiVersion' | 'kind'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { group } = parseApiVersion(ref.apiVersion)
  // the core group has no document of its own, and its kinds do not go
  if (group === '') return ref.apiVersion
  const found = await read<GroupDocument>(client, `/apis/${group}`, signal)
  for (const { groupVersion } of found?.versions ?? []) {
    const document = await read<ResourceDocument>(client, `/apis/${groupVersion}`, signal)
    if (document?.resources?.some(({ kind }) => kind === ref.kind) === true) return groupVersion
  }
  return undefined
}

async function read<T>(client: KubeClient, path: string, signal: AbortSignal): Promise<T | undefined> {
  try {
    return JSON.parse((await client.raw({ path, signal })).body) as T
  } catch (error) {
    if (isKubeError(error, 'NotFound', 'KindNotFound')) return undefined
    throw error
  }
}
