// SPDX-License-Identifier: Apache-2.0
import { hasCode } from '@tidelock/errors'
import type { HttpProxy } from '@tidelock/http'
import type { KubeClient } from '@tidelock/kube'
import { readSecret } from './read-secret.ts'
import type { SecretData } from './read-secret.ts'

const schemes = ['http', 'https', 'socks5']
const maxAddressLength = 2048

/** Reads the Secret of a `proxySecretRef` from the API server. Throws an Error that names Secret and key, never what is in them. */
export async function readProxySecret(
  client: KubeClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<HttpProxy> {
  return parseProxySecret(await readPresent(client, namespace, name, signal), `${namespace}/${name}`)
}

async function readPresent(
  client: KubeClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<SecretData> {
  try {
    return await readSecret(client, namespace, name, signal)
  } catch (error) {
    if (hasCode(error, 'NotFound')) throw new Error(`secret '${namespace}/${name}' not found`, { cause: error })
    throw error
  }
}

/**
 * The proxy that a Secret describes (api-source, "Secret formats"): `address`, and `username` with or without `password`, which count
 * before user information in the address. Throws an Error with Flux's wording.
 */
export function parseProxySecret(data: SecretData, secretName: string): HttpProxy {
  const fail = (message: string): Error => new Error(`secret '${secretName}': ${message}`)
  const address = data.get('address')?.toString('utf8')
  if (address === undefined) throw fail("key 'address' not found")
  if (address === '') throw fail("proxy address is empty: set the key 'address'")
  if (address.length > maxAddressLength) {
    throw fail(`key 'address': proxy URL exceeds maximum length of ${maxAddressLength} characters`)
  }
  const url = URL.parse(address)
  if (url === null || url.hostname === '') {
    throw fail("failed to parse proxy address: key 'address' wants a URL such as http://host:3128")
  }
  const scheme = url.protocol.slice(0, -1)
  if (!schemes.includes(scheme)) {
    throw fail(
      `key 'address': proxy URL must use one of the supported schemes (${schemes.join(', ')}), got '${scheme}'`,
    )
  }
  const username = data.get('username')?.toString('utf8')
  const password = data.get('password')?.toString('utf8')
  return {
    url: address,
    ...(username === undefined ? {} : { username }),
    ...(username === undefined || password === undefined ? {} : { password }),
  }
}
