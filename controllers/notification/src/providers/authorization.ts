// SPDX-License-Identifier: Apache-2.0
import type { Destination } from '../sender/destination.ts'

/** The header of basic authentication; none where name or password is missing. */
export function basicAuthorization({
  username,
  password,
}: Pick<Destination, 'username' | 'password'>): { readonly authorization: string } | Record<string, never> {
  if (username === '' || password === '') return {}
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}
