// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { cached, identityParts } from '../cached.ts'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { audiencesOf, identityName } from '../identity.ts'
import type { Identity } from '../identity.ts'
import { parseEntry, textOf } from '../secret-entry.ts'
import { withSignal } from '../with-signal.ts'
import { roleOf } from './arn.ts'
import { awsError, secretsOf } from './aws-error.ts'
import { clientConfig } from './client-config.ts'

/** An access key. Secret: never log it. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** Infinity for keys that do not end. */
  readonly expiresAtMs: number
}

/** Credentials for a region. */
export type AwsSource = (region: string, signal: AbortSignal) => Promise<AwsCredentials>

/** Reads the entry `sops.aws-kms` of a key Secret. Throws `CredentialsInvalid`. */
export function parseAwsCredentials(bytes: Uint8Array): AwsCredentials {
  const entries = parseEntry('sops.aws-kms', bytes)
  const [accessKeyId, secretAccessKey] = ['aws_access_key_id', 'aws_secret_access_key'].map((key) =>
    textOf(entries, key),
  )
  const sessionToken = textOf(entries, 'aws_session_token')
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new AuthError(
      'CredentialsInvalid',
      'sops.aws-kms: want aws_access_key_id and aws_secret_access_key, and aws_session_token where they are temporary',
    )
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    expiresAtMs: Number.POSITIVE_INFINITY,
  }
}

/** Credentials of an identity: the role that its ServiceAccount names, or what the process's environment yields. */
export function awsCredentialsOf(identity: Identity, deps: AuthDeps): AwsSource {
  return (region, signal) => {
    if (identity.kind === 'controller') {
      const parts = { provider: 'aws', ...identityParts(identity), region }
      return cached(parts, () => environmentCredentials(region, deps, signal), deps, signal)
    }
    const name = identityName(identity)
    const role = roleOf(identity.annotations, name)
    const parts = { provider: 'aws', ...identityParts(identity), role, region }
    return cached(parts, () => webIdentityCredentials(identity, role, region, deps, signal), deps, signal)
  }
}

async function environmentCredentials(region: string, deps: AuthDeps, signal: AbortSignal): Promise<AwsCredentials> {
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers')
  const config = clientConfig('STS', region, deps)
  const chain = fromNodeProviderChain({ clientConfig: config, timeout: 2000, maxRetries: 2 })
  try {
    return toCredentials(await withSignal(chain(), signal))
  } catch (error) {
    signal.throwIfAborted()
    throw awsError('AWS credentials of the controller', error, [])
  }
}

async function webIdentityCredentials(
  identity: Extract<Identity, { kind: 'service-account' }>,
  roleArn: string,
  region: string,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const { token } = await identity.issueToken(audiencesOf(identity, 'sts.amazonaws.com'), signal)
  const { fromWebToken } = await import('@aws-sdk/credential-providers')
  const provider = fromWebToken({
    roleArn,
    webIdentityToken: token,
    roleSessionName: sessionName(`${identity.name}.${identity.namespace}.${region}.fluxcd.io`),
    clientConfig: clientConfig('STS', region, deps),
  })
  try {
    return toCredentials(await withSignal(provider(), signal))
  } catch (error) {
    signal.throwIfAborted()
    throw awsError(`${identityName(identity)}: AWS role '${roleArn}'`, error, [token])
  }
}

/** Credentials of a role that the given ones may assume. */
export async function assumeRole(
  base: AwsCredentials,
  { roleArn, session, region }: { readonly roleArn: string; readonly session: string; readonly region: string },
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<AwsCredentials> {
  const print = createHash('sha256').update(`${base.accessKeyId}\n${base.secretAccessKey}\n${base.sessionToken ?? ''}`)
  const parts = { provider: 'aws', base: print.digest('hex'), role: roleArn, region }
  const assume = async (): Promise<AwsCredentials> => {
    const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
    const provider = fromTemporaryCredentials({
      masterCredentials: identityOf(base),
      params: { RoleArn: roleArn, RoleSessionName: sessionName(session) },
      clientConfig: clientConfig('STS', region, deps),
    })
    try {
      return toCredentials(await withSignal(provider(), signal))
    } catch (error) {
      signal.throwIfAborted()
      throw awsError(`AWS role '${roleArn}'`, error, secretsOf(base))
    }
  }
  return cached(parts, assume, deps, signal)
}

/** As AWS' clients take them. */
export function identityOf({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials): {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
} {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

function toCredentials(found: {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  expiration?: Date
}): AwsCredentials {
  return {
    ...identityOf({ ...found, expiresAtMs: 0 }),
    expiresAtMs: found.expiration?.getTime() ?? Number.POSITIVE_INFINITY,
  }
}

// what AWS allows in the name of a session, and how long it may be
function sessionName(text: string): string {
  return text.replace(/[^\w+=,.@-]+/g, '').slice(0, 64)
}
