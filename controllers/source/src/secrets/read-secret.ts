// SPDX-License-Identifier: Apache-2.0
import { hasCode } from '@tidelock/errors'
import type { HttpProxy } from '@tidelock/http'
import { fetchSecretData, parseProxySecret } from '@tidelock/kube'
import type { KubeClient, SecretData } from '@tidelock/kube'

/** Reads a Secret from the API server. Throws with Flux's wording when it cannot be had. */
export async function readSecret(
  client: KubeClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<SecretData> {
  try {
    return await fetchSecretData(client, { namespace, name }, signal)
  } catch (cause) {
    throw new Error(`failed to get secret '${namespace}/${name}'`, { cause })
  }
}

/** Reads the Secret of a `proxySecretRef`. Throws with Flux's wording, naming Secret and key and never what is in them. */
export async function readProxySecret(
  client: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<HttpProxy> {
  try {
    return parseProxySecret(await readSecret(client, namespace, name, signal), `${namespace}/${name}`)
  } catch (error) {
    if (hasCode(error, 'NotFound')) throw new Error(`secret '${namespace}/${name}' not found`, { cause: error })
    throw error
  }
}
