// SPDX-License-Identifier: Apache-2.0
import { createHash, createHmac } from 'node:crypto'
import type { Seen } from './serve.ts'

/** A key pair that a service knows. */
export interface KnownKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/**
 * Checks the signature (AWS Signature Version 4) in a request's headers, written from AWS' description of it, and returns service and
 * region that it is for. Throws where anything differs.
 */
export function verifyHeaders(request: Seen, keys: readonly KnownKey[]): { service: string; region: string } {
  const parts = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
    request.headers['authorization'] ?? '',
  )
  const [, credential = '', signedHeaders = '', signature = ''] = parts ?? []
  const key = keyOf(credential, keys)
  if (key.sessionToken !== request.headers['x-amz-security-token']) throw new Error('another session token')
  const expected = sign(request, {
    key,
    credential,
    signedHeaders,
    date: request.headers['x-amz-date'] ?? '',
    query: '',
    payload: sha256(request.body),
  })
  if (expected !== signature) throw new Error('the signature is wrong')
  return scopeOf(credential)
}

/** Checks a presigned URL for a GET with the headers that it was signed for. */
export function verifyPresigned(
  url: URL,
  headers: Readonly<Record<string, string>>,
  keys: readonly KnownKey[],
): { service: string; region: string } {
  const query = url.searchParams
  const credential = query.get('X-Amz-Credential') ?? ''
  const key = keyOf(credential, keys)
  if ((key.sessionToken ?? null) !== query.get('X-Amz-Security-Token')) throw new Error('another session token')
  const signature = query.get('X-Amz-Signature')
  const canonicalQuery = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted()
    .join('&')
  const request = { method: 'GET', url: url.pathname, headers: { host: url.host, ...headers }, body: '' }
  const expected = sign(request, {
    key,
    credential,
    signedHeaders: query.get('X-Amz-SignedHeaders') ?? '',
    date: query.get('X-Amz-Date') ?? '',
    query: canonicalQuery,
    payload: sha256(''),
  })
  if (expected !== signature) throw new Error('the signature is wrong')
  return scopeOf(credential)
}

interface Signed {
  readonly key: KnownKey
  readonly credential: string
  readonly signedHeaders: string
  readonly date: string
  readonly query: string
  readonly payload: string
}

function sign(request: Seen, { key, credential, signedHeaders, date, query, payload }: Signed): string {
  const names = signedHeaders.split(';')
  if (!names.includes('host')) throw new Error('the host is not signed')
  const headers = names.map((name) => `${name}:${(request.headers[name] ?? '').trim()}\n`).join('')
  const path = request.url.split('?')[0] ?? '/'
  const canonical = [request.method, encodePath(path), query, headers, signedHeaders, payload].join('\n')
  const [, day = '', region = '', service = ''] = credential.split('/')
  const scope = `${day}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const signing = hmac(hmac(hmac(hmac(`AWS4${key.secretAccessKey}`, day), region), service), 'aws4_request')
  return hmac(signing, toSign).toString('hex')
}

function keyOf(credential: string, keys: readonly KnownKey[]): KnownKey {
  const key = keys.find(({ accessKeyId }) => credential.startsWith(`${accessKeyId}/`))
  if (key === undefined) throw new Error(`unknown access key in '${credential}'`)
  return key
}

function scopeOf(credential: string): { service: string; region: string } {
  const [, , region = '', service = ''] = credential.split('/')
  return { service, region }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

// every service but S3 encodes the path again
function encodePath(path: string): string {
  return path.split('/').map(encode).join('/')
}
