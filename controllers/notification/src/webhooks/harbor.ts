// SPDX-License-Identifier: Apache-2.0
import { isSame } from './signature.ts'
import { accepted, refused } from './verifier.ts'
import type { Verifier } from './verifier.ts'

/** `harbor`: the header Authorization is the token, as it stands. */
export const harbor: Verifier = {
  verify: ({ headers }, { token }) =>
    isSame(headers['authorization'] ?? '', token)
      ? accepted
      : refused('the Harbor Authorization header value does not match the receiver token'),
}
