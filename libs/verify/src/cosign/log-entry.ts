// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, X509Certificate as NodeCertificate } from 'node:crypto'
import type { TransparencyLogEntry } from '@sigstore/bundle'
import type { X509Certificate } from '@sigstore/core'
import { VerifyError } from '../errors.ts'
import { at, parseJsonObject } from '../json.ts'

/**
 * Holds a log entry to the certificate: the entry must name the very key that made the signature, so that an entry which
 * another key's owner logged for the same bytes proves no time. Throws `Unverified`.
 */
export function checkLoggedKey(entry: TransparencyLogEntry, certificate: X509Certificate): void {
  const keys = loggedKeys(parseJsonObject('the log entry', entry.canonicalizedBody))
  const expected = certificate.publicKey
  const same = keys.length > 0 && keys.every((key) => keyOf(key)?.equals(expected))
  if (!same) throw new VerifyError('Unverified', 'the transparency log has an entry of another signer')
}

/** The keys or certificates of an entry, by where each kind and version of it keeps them. */
function loggedKeys(body: Readonly<Record<string, unknown>>): readonly string[] {
  const spec = at(body, 'spec')
  const signatures =
    at(spec, 'signatures') ?? at(spec, 'content', 'envelope', 'signatures') ?? at(spec, 'dsseV002', 'signatures')
  const many = Array.isArray(signatures)
    ? signatures.map((signature: unknown) => at(signature, 'publicKey') ?? verifierOf(signature))
    : []
  const one = [
    at(spec, 'signature', 'publicKey', 'content'),
    at(spec, 'publicKey'),
    verifierOf(at(spec, 'hashedRekordV002', 'signature')),
  ]
  const found = many.length > 0 ? many : one.filter((key) => key !== undefined)
  return found.filter((key) => typeof key === 'string')
}

function verifierOf(signature: unknown): unknown {
  const verifier = at(signature, 'verifier')
  return typeof verifier === 'string'
    ? verifier
    : (at(verifier, 'x509Certificate', 'rawBytes') ?? at(verifier, 'publicKey', 'rawBytes'))
}

/** The public key of a certificate or key in base64 of PEM or DER; absent when it is neither. */
function keyOf(encoded: string): Buffer | undefined {
  const bytes = Buffer.from(encoded, 'base64')
  const isPem = bytes.subarray(0, 11).toString('latin1') === '-----BEGIN '
  try {
    const certificate = new NodeCertificate(bytes)
    return certificate.publicKey.export({ type: 'spki', format: 'der' })
  } catch {
    return publicKeyOf(bytes, isPem)
  }
}

function publicKeyOf(bytes: Buffer, isPem: boolean): Buffer | undefined {
  try {
    const key = isPem ? createPublicKey(bytes) : createPublicKey({ key: bytes, format: 'der', type: 'spki' })
    return key.export({ type: 'spki', format: 'der' })
  } catch {
    return undefined
  }
}
