// SPDX-License-Identifier: Apache-2.0
import { isSame } from './signature.ts'
import { accepted, refused } from './verifier.ts'
import type { Verifier } from './verifier.ts'

/** `gitlab`: the header X-Gitlab-Token is the token. */
export const gitlab: Verifier = {
  eventHeader: 'x-gitlab-event',
  verify: ({ headers }, { token }) =>
    isSame(headers['x-gitlab-token'] ?? '', token)
      ? accepted
      : refused('the X-Gitlab-Token header value does not match the receiver token'),
}
