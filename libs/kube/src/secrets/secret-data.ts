// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import type { KubeClient } from '../client.ts'

/** Data of a Secret, decoded. */
export type SecretData = ReadonlyMap<string, Buffer>

/** A Secret as the API server sends it: its values are base64. */
export interface SecretObject extends KubeObject {
  readonly type?: string
  readonly data?: Readonly<Record<string, string>>
}

/** The data of a Secret, decoded. */
export function decodeSecret({ data = {} }: Pick<SecretObject, 'data'>): SecretData {
  return new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]))
}

/** Reads the data of a Secret from the API server, never from a cache. Throws KubeError. */
export async function fetchSecretData(
  client: Pick<KubeClient, 'get'>,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<SecretData> {
  return decodeSecret(await client.get<SecretObject>({ apiVersion: 'v1', kind: 'Secret', namespace, name }, { signal }))
}
