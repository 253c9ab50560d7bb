// SPDX-License-Identifier: Apache-2.0
import { signatureProblem } from './signature.ts'
import { accepted, refused } from './verifier.ts'
import type { Verifier, WebhookRequest } from './verifier.ts'

const formType = 'application/x-www-form-urlencoded'

/** `github`, and Gitea which signs alike: the SHA-256 signature where there is one, else the SHA-1 one. */
export const github: Verifier = {
  eventHeader: 'x-github-event',
  verify: (request, { token }) => {
    const problem = payloadProblem(request, token)
    return problem === undefined ? accepted : refused(`the GitHub signature header is invalid: ${problem}`)
  },
}

/** What is wrong with a request that is signed as GitHub signs; undefined for nothing. */
export function payloadProblem({ headers, body }: WebhookRequest, token: string): string | undefined {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json' && type !== formType)
    return `the content type must be application/json or ${formType}`
  return signatureProblem(headers['x-hub-signature-256'] || headers['x-hub-signature'], body, token)
}
