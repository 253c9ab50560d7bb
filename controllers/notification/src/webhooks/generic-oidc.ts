// SPDX-License-Identifier: Apache-2.0
import type { OidcProvider, Receiver } from '@tidelock/api'
import { compile } from '@tidelock/cel'
import type { Program } from '@tidelock/cel'
import { errorMessage } from '@tidelock/errors'
import { NotificationError } from '../errors.ts'
import { refused } from './verifier.ts'
import type { Verifier, WebhookRequest } from './verifier.ts'

const variables = ['claims', 'vars']
const bearer = /^Bearer (.+)$/

/** `generic-oidc`: a bearer token of one of the issuers in `spec.oidcProviders`, whose claims pass the validations. */
export const genericOidc: Verifier = {
  problem: ({ spec: { oidcProviders = [] } }) => {
    const issuers = oidcProviders.map(({ issuerURL }) => issuerURL)
    const twice = issuers.find((issuer, index) => issuers.indexOf(issuer) !== index)
    return twice === undefined ? undefined : `oidcProviders: duplicate issuerURL "${twice}"`
  },
  verify: async (request, { receiver, oidc, now, signal }) => {
    const token = bearerToken(request)
    if (token === '') return refused('the Authorization header is missing or malformed')
    const index = providerOf(receiver, token)
    const provider = receiver.spec.oidcProviders?.[index]
    if (provider === undefined) return refused('no oidcProvider configured for the issuer of the token')
    const claims = await oidc.verify(token, provider, now(), signal)
    const failures = failuresOf(compileChecks(provider, index), claims)
    if (failures.length === 0) return { kind: 'accepted', claims }
    const reason = `token validation failed: ${failures.join('; ')}`
    return { kind: 'refused', reason, tell: reason }
  },
}

/** The bearer token of a request; '' for none. */
export function bearerToken({ headers }: WebhookRequest): string {
  return bearer.exec(headers['authorization'] ?? '')?.[1]?.trim() ?? ''
}

/** Compiles the expressions of a Receiver's issuers. Throws `InvalidConfig` naming the one that is wrong. */
export function checkOidcExpressions({ spec }: Receiver): void {
  for (const [index, provider] of (spec.oidcProviders ?? []).entries()) compileChecks(provider, index)
}

/** The place of the provider that the token's own, not yet verified word about its issuer chooses; -1 for none. */
function providerOf({ spec }: Receiver, token: string): number {
  const parts = token.split('.')
  if (parts.length !== 3) throw new NotificationError('Refused', 'failed to parse bearer token: it is no JWT')
  let issuer: unknown
  try {
    const payload: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'))
    issuer = (payload as { iss?: unknown } | null)?.iss
  } catch {
    throw new NotificationError('Refused', 'failed to parse bearer token: its payload is no JSON')
  }
  return spec.oidcProviders?.findIndex(({ issuerURL }) => issuerURL === issuer) ?? -1
}

interface Checks {
  readonly named: readonly { readonly name: string; readonly program: Program }[]
  readonly validations: readonly { readonly message: string; readonly program: Program }[]
}

function compileChecks({ issuerURL, variables: named = [], validations }: OidcProvider, index: number): Checks {
  const compileOne = (what: string, expression: string, result: 'any' | 'bool'): Program => {
    try {
      return compile(expression, { variables, result })
    } catch (error) {
      const where = `oidcProviders[${index}] (issuerURL="${issuerURL}"): invalid expression for ${what}`
      throw new NotificationError('InvalidConfig', `${where}: ${errorMessage(error)}`)
    }
  }
  return {
    named: named.map(({ name, expression }) => ({
      name,
      program: compileOne(`variable "${name}"`, expression, 'any'),
    })),
    validations: validations.map(({ message, expression }) => ({
      message,
      program: compileOne(`validation "${message}"`, expression, 'bool'),
    })),
  }
}

function failuresOf({ named, validations }: Checks, claims: Readonly<Record<string, unknown>>): string[] {
  const vars: Record<string, unknown> = {}
  for (const { name, program } of named) vars[name] = program.evaluate({ claims, vars: { ...vars } })
  return validations.flatMap(({ message, program }) => (program.evaluateBoolean({ claims, vars }) ? [] : [message]))
}
