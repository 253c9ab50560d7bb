// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { AuthError } from '../errors.ts'
import { parseEntry, textOf } from '../secret-entry.ts'

/** The key of a Google service account. Secret: never log it. */
export interface GcpKey {
  readonly clientEmail: string
  readonly privateKey: string
  readonly privateKeyId?: string
  readonly universeDomain?: string
  /** Tells keys apart without showing them. */
  readonly print: string
}

/**
 * Reads the JSON key of a service account; `name` is where it stands, for messages. Other kinds of credentials files are refused: an
 * `external_account` names files, addresses and commands for the controller to use, which is not for who writes a Secret to choose.
 * Throws `CredentialsInvalid`.
 */
export function parseGcpKey(bytes: Uint8Array, name: string = 'sops.gcp-kms'): GcpKey {
  const entries = parseEntry(name, bytes)
  const type = textOf(entries, 'type')
  if (type !== 'service_account')
    throw new AuthError('CredentialsInvalid', `${name}: want the JSON key of a service account (type: service_account)`)
  const [clientEmail, privateKey] = [textOf(entries, 'client_email'), textOf(entries, 'private_key')]
  if (clientEmail === undefined || privateKey === undefined)
    throw new AuthError('CredentialsInvalid', `${name}: want client_email and private_key`)
  const [privateKeyId, universeDomain] = [textOf(entries, 'private_key_id'), textOf(entries, 'universe_domain')]
  return {
    ...{ clientEmail, privateKey },
    ...(privateKeyId === undefined ? {} : { privateKeyId }),
    ...(universeDomain === undefined ? {} : { universeDomain }),
    print: createHash('sha256').update(bytes).digest('hex'),
  }
}
