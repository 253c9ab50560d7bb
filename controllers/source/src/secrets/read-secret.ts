// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'

/** Data of a Secret, decoded. */
export type SecretData = ReadonlyMap<string, Buffer>

interface Secret extends KubeObject {
  data?: Record<string, string>
}

/** Reads a Secret from the API server, never from a cache. Throws with Flux's wording when it cannot be had. */
export async function readSecret(
  client: KubeClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<SecretData> {
  try {
    const secret = await client.get<Secret>({ apiVersion: 'v1', kind: 'Secret', namespace, name }, { signal })
    return new Map(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]))
  } catch (cause) {
    throw new Error(`failed to get secret '${namespace}/${name}'`, { cause })
  }
}
