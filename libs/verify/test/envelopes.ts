// SPDX-License-Identifier: Apache-2.0
import { constants, createPrivateKey, sign, X509Certificate, type KeyObject } from 'node:crypto'
import { encode, Tagged } from 'cborg'
import { testdata } from './fixture-store.ts'

/** A chain of certificates and the key of the first. */
export interface Chain {
  readonly certificates: readonly Buffer[]
  readonly key: KeyObject
}

/** Reads a chain with its key from testdata. */
export function readChain(name: string): Chain {
  const text = testdata(`notation/chain-${name}.pem`)
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return { certificates: blocks.map((block) => new X509Certificate(block).raw), key: createPrivateKey(text) }
}

/** What an envelope is made of; absent parts are as they should be. */
export interface EnvelopeParts {
  readonly chain: Chain
  readonly headers?: Readonly<Record<string, unknown>>
  readonly payload?: unknown
  readonly digest?: string
}

const payloadType = 'application/vnd.cncf.notary.payload.v1+json'

/** A JWS envelope; a header that is given as undefined is left out. */
export function jwsOf({
  chain,
  headers = {},
  payload = {},
  digest = 'sha256',
}: EnvelopeParts): Record<string, unknown> {
  const all = {
    alg: 'ES256',
    cty: payloadType,
    crit: ['io.cncf.notary.signingScheme'],
    'io.cncf.notary.signingScheme': 'notary.x509',
    'io.cncf.notary.signingTime': '2026-11-01T00:00:00Z',
    ...headers,
  }
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const [protectedHeader, body] = [part(all), part(payload)]
  const signature = signWith(chain.key, digest, Buffer.from(`${protectedHeader}.${body}`))
  const x5c = chain.certificates.map((certificate) => certificate.toString('base64'))
  return { payload: body, protected: protectedHeader, header: { x5c }, signature: signature.toString('base64url') }
}

/** A COSE envelope; a header that is given as undefined is left out. */
export function coseOf({ chain, headers = {}, payload = {}, digest = 'sha256' }: EnvelopeParts): Uint8Array {
  const all = new Map<unknown, unknown>([
    [1, -7],
    [2, ['io.cncf.notary.signingScheme']],
    [3, payloadType],
    ['io.cncf.notary.signingScheme', 'notary.x509'],
    ['io.cncf.notary.signingTime', new Tagged(1, 1793491200)],
  ])
  for (const [name, value] of Object.entries(headers)) {
    const label = /^\d+$/.test(name) ? Number(name) : name
    if (value === undefined) all.delete(label)
    else all.set(label, value)
  }
  const [protectedHeader, body] = [encode(all), Buffer.from(JSON.stringify(payload))]
  const signature = signWith(chain.key, digest, encode(['Signature1', protectedHeader, new Uint8Array(), body]))
  return encode(new Tagged(18, [protectedHeader, new Map([[33, [...chain.certificates]]]), body, signature]))
}

function signWith(key: KeyObject, digest: string, data: Uint8Array): Buffer {
  if (key.asymmetricKeyType === 'rsa') {
    return sign(digest, data, {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    })
  }
  return sign(digest, data, { key, dsaEncoding: 'ieee-p1363' })
}
