// SPDX-License-Identifier: Apache-2.0
import { objectOf } from './json-body.ts'
import { signatureProblem } from './signature.ts'
import { accepted, refused } from './verifier.ts'
import type { Verifier } from './verifier.ts'

/** `nexus`: the header X-Nexus-Webhook-Signature is the SHA-1 HMAC of the body, in hexadecimal without a prefix. */
export const nexus: Verifier = {
  verify: (request, { token }) => {
    const signature = request.headers['x-nexus-webhook-signature'] ?? ''
    if (signature === '') return refused('the Nexus signature is missing from header')
    if (signatureProblem(`sha1=${signature}`, request.body, token) !== undefined)
      return refused('invalid Nexus signature')
    return objectOf(request) === undefined ? refused('cannot decode Nexus webhook payload') : accepted
  },
}
