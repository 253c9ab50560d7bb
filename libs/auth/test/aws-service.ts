// SPDX-License-Identifier: Apache-2.0
import { serve } from './serve.ts'
import type { Answer, Seen, Service } from './serve.ts'
import { verifyHeaders } from './sigv4.ts'
import type { KnownKey } from './sigv4.ts'

/** The keys that the service knows: a user's own, and those that its roles give out. */
export const userKey: KnownKey = { accessKeyId: 'AKIAUSER', secretAccessKey: 'user-secret-access-key' }
export const roleKey: KnownKey = {
  accessKeyId: 'ASIAROLE',
  secretAccessKey: 'role-secret-access-key',
  sessionToken: 'role-session-token',
}
export const dataKey: Buffer = Buffer.alloc(32, 7)

/** Reads what KMS, STS and EKS are asked and answers as they do. Signatures are checked. */
export async function serveAws(override?: (request: Seen) => Answer | undefined): Promise<Service> {
  return serve((request) => {
    const other = override?.(request)
    if (other !== undefined) return other
    if (request.headers['x-amz-target'] === 'TrentService.Decrypt') return decrypt(request)
    if (request.url.startsWith('/clusters/')) return describe(request)
    return sts(request)
  })
}

function decrypt(request: Seen): Answer {
  const { region } = verifyHeaders(request, [userKey, roleKey])
  const { KeyId, CiphertextBlob, EncryptionContext } = JSON.parse(request.body) as Record<string, unknown>
  const enc = Buffer.from(String(CiphertextBlob), 'base64').toString('utf8')
  // the ciphertext of these tests says what it was encrypted under
  if (enc !== `${String(KeyId)}|${JSON.stringify(EncryptionContext ?? {})}`)
    return {
      status: 400,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: { __type: 'InvalidCiphertextException' },
    }
  if (!String(KeyId).includes(region)) throw new Error(`signed for ${region}`)
  return {
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: { KeyId, Plaintext: dataKey.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
  }
}

function describe(request: Seen): Answer {
  verifyHeaders(request, [userKey, roleKey])
  const name = request.url.split('/').at(-1)
  const data = Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64')
  return {
    body: {
      cluster: { name, endpoint: 'https://ABC.gr7.eu-west-1.eks.amazonaws.com', certificateAuthority: { data } },
    },
  }
}

function sts(request: Seen): Answer {
  const form = new URLSearchParams(request.body)
  const action = form.get('Action') ?? ''
  if (action === 'AssumeRole') verifyHeaders(request, [userKey])
  else if (request.headers['authorization'] !== undefined) throw new Error('a web identity needs no signature')
  const { accessKeyId, secretAccessKey, sessionToken } = roleKey
  return {
    headers: { 'content-type': 'text/xml' },
    body: `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>
      <AssumedRoleUser><AssumedRoleId>AROA:x</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/r/x</Arn></AssumedRoleUser>
      <Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>
      <SessionToken>${sessionToken}</SessionToken><Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration>
      </Credentials></${action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${action}Response>`,
  }
}

/** An error as STS writes it. */
export function stsError(status: number, code: string, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code>
      <Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  }
}

/** An error as KMS and EKS write it. */
export function jsonError(status: number, type: string, message: string): Answer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': type },
    body: { __type: type, message },
  }
}
