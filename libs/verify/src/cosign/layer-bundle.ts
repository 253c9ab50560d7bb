// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { bundleFromJSON, type Bundle } from '@sigstore/bundle'
import { VerifyError } from '../errors.ts'
import { checkSizes } from './bundle.ts'
import type { LayerSignature } from './find-signatures.ts'
import { at, parseJsonObject, type JsonObject } from '../json.ts'

/**
 * Puts a signature of the older layout into the form of a bundle, so that one verifier serves both. A bundle of version 0.1
 * is the one whose log entries need no proof of inclusion: these signatures carry the log's promise only.
 * Throws `Unverified` when the certificate or the log entry is missing or cannot be read.
 */
export function toBundle(layer: LayerSignature): Bundle {
  if (layer.certificate === undefined)
    throw new VerifyError('Unverified', 'the signature was made with a key and carries no certificate')
  if (layer.rekorBundle === undefined) {
    throw new VerifyError('Unverified', 'the signature carries no entry of the transparency log, and none is looked up')
  }
  const timestamp =
    layer.rfc3161Timestamp === undefined
      ? undefined
      : at(annotation('timestamp', layer.rfc3161Timestamp), 'SignedRFC3161Timestamp')
  const json = {
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.1',
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: createHash('sha256').update(layer.payload).digest('base64') },
      signature: Buffer.from(layer.signature).toString('base64'),
    },
    verificationMaterial: {
      certificate: { rawBytes: derOf(layer.certificate) },
      tlogEntries: [logEntry(annotation('log entry', layer.rekorBundle))],
      timestampVerificationData: { rfc3161Timestamps: timestamp === undefined ? [] : [{ signedTimestamp: timestamp }] },
    },
  }
  let bundle: Bundle
  try {
    bundle = bundleFromJSON(json)
  } catch (cause) {
    throw new VerifyError('Unverified', 'the signature cannot be read', { cause })
  }
  checkSizes(bundle)
  return bundle
}

function annotation(what: string, text: string): JsonObject {
  return parseJsonObject(`the signature's ${what}`, Buffer.from(text))
}

function logEntry(rekor: JsonObject): JsonObject {
  const payload = at(rekor, 'Payload')
  const [body, logId] = [at(payload, 'body'), at(payload, 'logID')]
  const [integratedTime, logIndex] = [at(payload, 'integratedTime'), at(payload, 'logIndex')]
  if (typeof body !== 'string' || typeof logId !== 'string' || !isNatural(integratedTime) || !isNatural(logIndex)) {
    throw new VerifyError('Unverified', "the signature's log entry is not complete")
  }
  const entry = parseJsonObject('the log entry', Buffer.from(body, 'base64'))
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(logId, 'hex').toString('base64') },
    kindVersion: { kind: entry['kind'], version: entry['apiVersion'] },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp: at(rekor, 'SignedEntryTimestamp') },
    canonicalizedBody: body,
  }
}

function isNatural(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function derOf(pem: string): string {
  const body = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/.exec(pem)?.[1]
  if (body === undefined) throw new VerifyError('Unverified', "the signature's certificate is not in PEM")
  return body.replaceAll(/\s/g, '')
}
