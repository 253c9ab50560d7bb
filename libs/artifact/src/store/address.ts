// SPDX-License-Identifier: Apache-2.0
import { ArtifactError } from '../errors.ts'

/** The URL of an artifact's path at an address, which is `host:port` or begins with a scheme. */
export function artifactUrl(advertisedAddress: string, path: string): string {
  const base = /^https?:\/\//.test(advertisedAddress) ? advertisedAddress : `http://${advertisedAddress}`
  return `${base}/${path.replace(/^\/+/, '')}`
}

/**
 * The address to advertise when none is given, from the address that the file server listens on: no host stands for
 * `localhost`, `0.0.0.0` for the machine's own name. Throws `InvalidStore` unless it is `host:port`.
 */
export function advertisedAddressOf(storageAddress: string, hostname: string): string {
  const match = /^(\[[^\]]*\]|[^:]*):(\d*)$/.exec(storageAddress)
  if (match === null)
    throw new ArtifactError('InvalidStore', `invalid storage address "${storageAddress}": want host:port`)
  const [, host = '', port = ''] = match
  const advertised = host === '' ? 'localhost' : host === '0.0.0.0' ? hostname : host
  return `${advertised}:${port}`
}
