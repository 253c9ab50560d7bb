// SPDX-License-Identifier: Apache-2.0
import type { AuthDeps } from '../deps.ts'
import type { JsonRequest } from '../send-json.ts'

/** A write to Vault's API; its errors' words are found for the message. */
export function vaultRequest(
  subject: string,
  url: string,
  body: Readonly<Record<string, string>>,
  { env }: Pick<AuthDeps, 'env'>,
  token?: string,
): JsonRequest {
  const namespace = env['VAULT_NAMESPACE']
  return {
    ...{ subject, url, body, method: 'PUT' },
    headers: {
      'x-vault-request': 'true',
      ...(token === undefined ? {} : { 'x-vault-token': token }),
      ...(namespace === undefined || namespace === '' ? {} : { 'x-vault-namespace': namespace }),
    },
    secrets: [token, ...Object.values(body)],
    // 503 is a sealed server
    reason: ({ errors }) =>
      Array.isArray(errors) && errors.length > 0 ? errors.map((each) => String(each)).join('; ') : undefined,
  }
}
