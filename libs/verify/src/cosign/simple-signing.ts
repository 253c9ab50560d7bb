// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import { at, parseJsonObject } from '../json.ts'

const knownTypes: ReadonlySet<unknown> = new Set([
  'cosign container image signature',
  'https://sigstore.dev/cosign/sign/v1',
])

/**
 * Holds a signed payload in the "simple signing" form to the artifact: it must name the manifest's digest.
 * Throws `Unverified` when it is of another form or names another digest.
 */
export function checkSimpleSigning(payload: Uint8Array, digest: string): void {
  const document = parseJsonObject('the signed payload', payload)
  const type = at(document, 'critical', 'type')
  if (!knownTypes.has(type)) throw new VerifyError('Unverified', 'the signed payload is of an unknown type')
  const named = at(document, 'critical', 'image', 'docker-manifest-digest')
  if (named !== digest) throw new VerifyError('Unverified', 'the signature is of another artifact')
}
