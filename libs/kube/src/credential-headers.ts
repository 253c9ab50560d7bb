// SPDX-License-Identifier: Apache-2.0
import type { ClusterTarget, Impersonation } from './target.ts'

/** The headers that authenticate. `refresh` asks for a newer token than the one that the server just refused. */
export async function credentialHeaders(target: ClusterTarget, refresh: boolean): Promise<Record<string, string>> {
  if (target.token !== undefined) {
    const token = await target.token(refresh ? { refresh } : undefined)
    if (token !== undefined && token !== '') return { authorization: `Bearer ${token}` }
  }
  if (target.basic === undefined) return {}
  const { username, password } = target.basic
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

/** The headers that make a request act as somebody else. */
export function impersonationHeaders(identity: Impersonation): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'impersonate-user': identity.user }
  if (identity.groups !== undefined && identity.groups.length > 0) headers['impersonate-group'] = [...identity.groups]
  if (identity.uid !== undefined) headers['impersonate-uid'] = identity.uid
  for (const [name, values] of Object.entries(identity.extra ?? {})) {
    // header names cannot carry every character that an extra's name may have: the server decodes percent escapes
    headers[`impersonate-extra-${encodeURIComponent(name).toLowerCase()}`] = [...values]
  }
  return headers
}
