// SPDX-License-Identifier: Apache-2.0
import { signatureProblem } from './signature.ts'
import { accepted, refused } from './verifier.ts'
import type { Verifier } from './verifier.ts'

/** `generic-hmac`: the header X-Signature signs the body with the token. */
export const genericHmac: Verifier = {
  verify: ({ headers, body }, { token }) => {
    const problem = signatureProblem(headers['x-signature'], body, token)
    return problem === undefined ? accepted : refused(`unable to validate HMAC signature: ${problem}`)
  },
}
