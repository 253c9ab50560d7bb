// SPDX-License-Identifier: Apache-2.0
import { TrustedRoot as TrustedRootMessage } from '@sigstore/protobuf-specs'
import { toTrustMaterial, type TrustMaterial } from '@sigstore/verify'
import { VerifyError } from '../errors.ts'
import { isObject } from '../json.ts'

const mediaTypes: ReadonlySet<unknown> = new Set([
  'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
  'application/vnd.dev.sigstore.trustedroot.v0.2+json',
])

/** The authorities, logs and clocks of one Sigstore deployment. */
export interface TrustedRoot {
  readonly material: TrustMaterial
}

/**
 * Reads a `trusted_root.json`. Throws `InvalidKey` when it cannot be read, or names no certificate authority or no
 * transparency log: nothing could be verified with it.
 */
export function parseTrustedRoot(text: string): TrustedRoot {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new VerifyError('InvalidKey', 'the trusted root is not JSON', { cause })
  }
  if (!isObject(json)) throw new VerifyError('InvalidKey', 'the trusted root is not a JSON object')
  if (!mediaTypes.has(json['mediaType']))
    throw new VerifyError('InvalidKey', 'the trusted root is of an unknown media type')
  const { root, material } = toMaterial(json)
  if ([...root.tlogs, ...root.ctlogs].some((log) => log.publicKey?.validFor?.start === undefined)) {
    throw new VerifyError('InvalidKey', 'the trusted root has a log whose key does not say since when it is valid')
  }
  if (material.certificateAuthorities.length === 0)
    throw new VerifyError('InvalidKey', 'the trusted root names no certificate authority')
  if (material.tlogs.length === 0) throw new VerifyError('InvalidKey', 'the trusted root names no transparency log')
  return { material }
}

function toMaterial(json: object): { root: TrustedRootMessage; material: TrustMaterial } {
  try {
    const root = TrustedRootMessage.fromJSON(json)
    return { root, material: toTrustMaterial(root) }
  } catch (cause) {
    throw new VerifyError('InvalidKey', 'the trusted root cannot be read', { cause })
  }
}
