// SPDX-License-Identifier: Apache-2.0
import { NotificationError } from '../errors.ts'
import type { Destination } from '../sender/destination.ts'

/** The header of basic authentication; none where name or password is missing. */
export function basicAuthorization({
  username,
  password,
}: Pick<Destination, 'username' | 'password'>): { readonly authorization: string } | Record<string, never> {
  if (username === '' || password === '') return {}
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

/** The value of the header Authorization that a cloud gave. Throws `InvalidConfig` where none did. */
export function requireCloudAuthorization({ cloudAuthorization }: Pick<Destination, 'cloudAuthorization'>): string {
  if (cloudAuthorization !== undefined) return cloudAuthorization
  throw new NotificationError('InvalidConfig', 'no credentials for the cloud of the Provider')
}
