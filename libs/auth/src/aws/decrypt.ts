// SPDX-License-Identifier: Apache-2.0
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { kmsRegion } from './arn.ts'
import { awsError, secretsOf } from './aws-error.ts'
import { clientConfig } from './client-config.ts'
import { assumeRole, identityOf } from './credentials.ts'
import type { AwsSource } from './credentials.ts'

/** A data key that AWS KMS encrypted, as SOPS writes it: `enc` is standard base64 of the ciphertext blob. */
export interface KmsCiphertext {
  readonly arn: string
  /** Assumed before the call. */
  readonly role?: string
  readonly context: Readonly<Record<string, string>>
  readonly enc: string
}

/** The plain data key. Throws `AuthError`, or the signal's reason. */
export async function decryptWithAwsKms(
  key: KmsCiphertext,
  credentials: AwsSource,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const region = kmsRegion(key.arn)
  const base = await credentials(region, signal)
  const session = `sops@${deps.hostname}`
  const used =
    key.role === undefined || key.role === ''
      ? base
      : await assumeRole(base, { roleArn: key.role, session, region }, deps, signal)
  const subject = `AWS KMS key '${key.arn}'`
  const { KMSClient, DecryptCommand } = await import('@aws-sdk/client-kms')
  const client = new KMSClient({ ...clientConfig('KMS', region, deps), credentials: identityOf(used) })
  try {
    const { Plaintext } = await client.send(
      new DecryptCommand({
        KeyId: key.arn,
        CiphertextBlob: Buffer.from(key.enc, 'base64'),
        EncryptionContext: { ...key.context },
      }),
      { abortSignal: signal },
    )
    if (Plaintext === undefined) throw new AuthError('ProtocolError', `${subject}: the answer holds no plaintext`)
    return Plaintext
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof AuthError ? error : awsError(subject, error, secretsOf(used))
  }
}
