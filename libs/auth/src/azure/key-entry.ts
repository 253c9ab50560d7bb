// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { AuthError } from '../errors.ts'
import { parseEntry, textOf } from '../secret-entry.ts'

/** What an entry `sops.azure-kv` may hold. Secret: never log it. */
export type AzureLogin = { readonly authorityHost?: string; readonly print: string } & (
  | { readonly kind: 'secret'; readonly tenantId: string; readonly clientId: string; readonly clientSecret: string }
  | {
      readonly kind: 'certificate'
      readonly tenantId: string
      readonly clientId: string
      /** PEM of the certificate and its key. */
      readonly certificate: string
      readonly password?: string
      readonly sendChain: boolean
    }
  | { readonly kind: 'managed-identity'; readonly clientId: string }
)

const name = 'sops.azure-kv'

/**
 * Reads the entry `sops.azure-kv` of a key Secret, YAML or JSON, also in UTF-16: `tenantId`, `clientId` and `clientSecret` or
 * `clientCertificate`; what `az ad sp create-for-rbac` prints (`tenant`, `appId`, `password`); or the `clientId` of a managed
 * identity alone. Looked for in this order, as Flux does. Throws `CredentialsInvalid`.
 */
export function parseAzureLogin(bytes: Uint8Array): AzureLogin {
  const entries = parseEntry(name, bytes)
  const text = (key: string): string | undefined => textOf(entries, key)
  const print = createHash('sha256').update(bytes).digest('hex')
  const authorityHost = text('authorityHost')
  const common = { print, ...(authorityHost === undefined ? {} : { authorityHost: requireHttps(authorityHost) }) }
  const [tenantId, clientId] = [text('tenantId'), text('clientId')]
  if (tenantId !== undefined && clientId !== undefined) {
    const login = principal(text, tenantId, clientId)
    if (login !== undefined) return { ...common, ...login }
  }
  const [tenant, appId, password] = [text('tenant'), text('appId'), text('password')]
  if (tenant !== undefined && appId !== undefined && password !== undefined)
    return { ...common, kind: 'secret', tenantId: tenant, clientId: appId, clientSecret: password }
  if (clientId !== undefined) return { ...common, kind: 'managed-identity', clientId }
  throw new AuthError(
    'CredentialsInvalid',
    `${name}: want tenantId, clientId and clientSecret or clientCertificate; tenant, appId and password; or clientId`,
  )
}

function principal(text: (key: string) => string | undefined, tenantId: string, clientId: string) {
  const [clientSecret, certificate] = [text('clientSecret'), text('clientCertificate')]
  if (clientSecret !== undefined) return { kind: 'secret' as const, tenantId, clientId, clientSecret }
  if (certificate === undefined) return undefined
  const password = text('clientCertificatePassword')
  return {
    ...{ kind: 'certificate' as const, tenantId, clientId, certificate },
    ...(password === undefined ? {} : { password }),
    sendChain: text('clientCertificateSendChain')?.toLowerCase() === 'true',
  }
}

function requireHttps(authorityHost: string): string {
  if (URL.parse(authorityHost)?.protocol === 'https:') return authorityHost
  throw new AuthError('CredentialsInvalid', `${name}: authorityHost must be an https URL`)
}
