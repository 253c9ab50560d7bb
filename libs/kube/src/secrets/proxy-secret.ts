// SPDX-License-Identifier: Apache-2.0
import type { HttpProxy } from '@tidelock/http'
import type { SecretData } from './secret-data.ts'
import { SecretError } from './secret-error.ts'

const schemes = ['http', 'https', 'socks5']
const maxAddressLength = 2048

/**
 * The proxy that the Secret of a `proxySecretRef` describes: `address`, and `username` with or without `password`, which count
 * before user information in the address. Throws SecretError with Flux's wording.
 */
export function parseProxySecret(data: SecretData, secretName: string): HttpProxy {
  const fail = (message: string): SecretError => new SecretError(`secret '${secretName}': ${message}`)
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
