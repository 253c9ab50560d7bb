// SPDX-License-Identifier: Apache-2.0
import { AuthError } from './errors.ts'

/** The ServiceAccount that a token of Kubernetes names as its subject. The token is not checked: who receives it does that. Throws `ProtocolError`. */
export function subjectOf(token: string): { readonly namespace: string; readonly name: string } {
  const subject = claimsOf(token)['sub']
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(String(subject)) ?? []
  if (namespace === undefined || name === undefined)
    throw new AuthError(
      'ProtocolError',
      'token of a ServiceAccount: its subject is not system:serviceaccount:<namespace>:<name>',
    )
  return { namespace, name }
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as unknown
    if (typeof claims === 'object' && claims !== null) return claims as Record<string, unknown>
  } catch {
    // the parser's message would quote the token
  }
  throw new AuthError('ProtocolError', 'token of a ServiceAccount: not a JWT')
}
