// SPDX-License-Identifier: Apache-2.0
import { bearerAuthorization } from '@tidelock/http'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { sendJson, textAt } from '../send-json.ts'
import { googleReason } from './gcp-error.ts'
import type { GcpSource } from './tokens.ts'
import { originOf } from './transport.ts'

/** A data key that Google Cloud KMS encrypted, as SOPS writes it: `enc` is standard base64. */
export interface GcpCiphertext {
  /** `projects/<p>/locations/<l>/keyRings/<r>/cryptoKeys/<k>` */
  readonly resourceId: string
  readonly enc: string
}

const resource = /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/

/** The plain data key. Throws `AuthError`, or the signal's reason. */
export async function decryptWithGcpKms(
  { resourceId, enc }: GcpCiphertext,
  tokens: GcpSource,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const subject = `Google KMS key '${resourceId}'`
  const segments = resourceId.split('/')
  if (!resource.test(resourceId) || segments.some((segment) => segment === '.' || segment === '..'))
    throw new AuthError(
      'KeyInvalid',
      `${subject}: want projects/<project>/locations/<location>/keyRings/<ring>/cryptoKeys/<key>`,
    )
  const path = segments.map((segment) => encodeURIComponent(segment)).join('/')
  const { token } = await tokens(signal)
  const request = {
    ...{
      subject,
      method: 'POST' as const,
      url: `${originOf(kmsOrigin(deps), deps).replace(/\/$/, '')}/v1/${path}:decrypt`,
    },
    headers: { authorization: bearerAuthorization(token) },
    body: { ciphertext: enc },
    secrets: [token, enc],
    reason: googleReason,
  }
  const plaintext = textAt(await sendJson(deps.http, request, deps, signal), 'plaintext')
  if (plaintext === undefined) throw new AuthError('ProtocolError', `${subject}: the answer holds no plaintext`)
  return Buffer.from(plaintext, 'base64')
}

/** As SOPS is told where Cloud KMS is, outside of Google's own universe. */
function kmsOrigin({ env }: Pick<AuthDeps, 'env'>): string {
  const endpoint = env['SOPS_GCP_KMS_ENDPOINT']
  if (endpoint !== undefined && endpoint !== '') return endpoint.includes('://') ? endpoint : `https://${endpoint}`
  return `https://cloudkms.${env['SOPS_GCP_KMS_UNIVERSE_DOMAIN'] || 'googleapis.com'}`
}
