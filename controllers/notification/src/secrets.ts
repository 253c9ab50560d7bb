// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import { fetchSecretData, isKubeError } from '@tidelock/kube'
import type { KubeClient, SecretData } from '@tidelock/kube'
import { NotificationError } from './errors.ts'

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
    return await fetchSecretData(client, { namespace, name }, signal)
  } catch (cause) {
    if (!isKubeError(cause, 'NotFound', 'Forbidden')) throw cause
    throw new NotificationError('InvalidConfig', `failed to get secret '${namespace}/${name}': ${errorMessage(cause)}`)
  }
}
