// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import type { KubeClient } from '@tidelock/kube'
import { isKubeError } from '@tidelock/kube'
import { NotificationError } from './errors.ts'

/** Data of a Secret, decoded. */
export type SecretData = ReadonlyMap<string, Buffer>

interface Secret extends KubeObject {
  data?: Record<string, string>
}

/**
 * Reads a Secret from the API server, never from a cache. Throws `InvalidConfig` when it is not there or may not be read, and what
 * the client throws when the server cannot be asked.
 */
export async function readSecret(
  client: Pick<KubeClient, 'get'>,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<SecretData> {
  try {
    const secret = await client.get<Secret>({ apiVersion: 'v1', kind: 'Secret', namespace, name }, { signal })
    return new Map(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]))
  } catch (cause) {
    if (!isKubeError(cause, 'NotFound', 'Forbidden')) throw cause
    throw new NotificationError('InvalidConfig', `failed to get secret '${namespace}/${name}': ${errorMessage(cause)}`)
  }
}
