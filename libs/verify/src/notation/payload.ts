// SPDX-License-Identifier: Apache-2.0
import { at, parseJsonObject } from '../json.ts'
import type { ContentDescriptor } from '../signature-store.ts'
import { refused, type SignedEnvelope } from './envelope.ts'

const payloadType = 'application/vnd.cncf.notary.payload.v1+json'

/** Holds what is signed to the artifact: the same media type, digest and size. Throws `Unverified`. */
export function checkPayload(envelope: SignedEnvelope, artifact: ContentDescriptor): void {
  if (envelope.contentType !== payloadType) throw refused('the signature is over a payload of an unknown type')
  const target = at(parseJsonObject("the signature's payload", envelope.payload), 'targetArtifact')
  const isSame =
    at(target, 'digest') === artifact.digest &&
    at(target, 'size') === artifact.size &&
    at(target, 'mediaType') === artifact.mediaType
  if (!isSame) throw refused('the signature is of another artifact')
}
