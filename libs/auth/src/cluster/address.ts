// SPDX-License-Identifier: Apache-2.0
import { AuthError } from '../errors.ts'

/**
 * The canonical form `https://<host>:<port>` of an API server's address, to compare by; a path is dropped. Throws `ClusterInvalid`
 * unless it is an https URL, or a host that stands for one.
 */
export function parseClusterAddress(address: string): string {
  const url = URL.parse(address.startsWith('http') ? address : `https://${address}`)
  if (url === null || url.hostname === '')
    throw new AuthError('ClusterInvalid', `address '${address}' of a cluster: not a URL, such as https://10.0.0.1:6443`)
  if (url.protocol !== 'https:')
    throw new AuthError('ClusterInvalid', `address '${address}' of a cluster: must be https`)
  return `https://${url.hostname}:${url.port === '' ? '443' : url.port}`
}

/** The URL of an API server as clients use it; a bare host stands for https. Throws `ClusterInvalid` for another scheme: a token must not travel in the clear. */
export function serverOf(address: string): string {
  parseClusterAddress(address)
  return address.startsWith('https://') ? address : `https://${address}`
}
