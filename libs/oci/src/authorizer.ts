// SPDX-License-Identifier: Apache-2.0
import { basicAuthorization, bearerAuthorization } from '@tidelock/http'
import { parseChallenges } from './challenge.ts'
import type { Credentials } from './credentials.ts'
import { OciError } from './errors.ts'
import { fetchToken } from './token-service.ts'
import type { AccessToken, TokenService } from './token-service.ts'
import type { Wire } from './wire.ts'

type Mode =
  | { readonly kind: 'open' }
  | { readonly kind: 'basic' }
  | { readonly kind: 'bearer'; readonly service: TokenService }

/** Tokens of repositories that a process talks to; the oldest go first. */
const maxTokens = 4096

/** Makes the authorization header that a registry asks for, and keeps tokens until they end. */
export class Authorizer {
  readonly #wire: Wire
  readonly #credentials: Credentials | undefined
  readonly #insecure: boolean
  #mode: Mode = { kind: 'open' }
  /** By scope; a promise, so that calls at once share one request. */
  readonly #tokens = new Map<string, Promise<AccessToken>>()

  constructor(wire: Wire, credentials: Credentials | undefined, insecure: boolean) {
    this.#wire = wire
    this.#credentials = credentials
    this.#insecure = insecure
  }

  /**
   * Takes in the challenge of a 401 response; whether one of ours was in it. Bearer wins over Basic, as with Docker.
   * Throws `AuthenticationFailed` for a token service that credentials must not go to.
   */
  learn(header: string | undefined, registryUrl: string): boolean {
    const challenges = parseChallenges(header)
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer')
    if (bearer !== undefined) {
      const realm = this.#checkRealm(bearer.parameters.get('realm') ?? '', registryUrl)
      this.#mode = { kind: 'bearer', service: { realm, service: bearer.parameters.get('service') } }
      return true
    }
    if (!challenges.some(({ scheme }) => scheme === 'basic')) return false
    this.#mode = { kind: 'basic' }
    return true
  }

  /** The header's value for a scope; undefined where the registry wants none, or there is nothing to send. */
  async authorize(scope: string | undefined, signal: AbortSignal | undefined): Promise<string | undefined> {
    const credentials = this.#credentials
    if (this.#mode.kind === 'open') return undefined
    if (credentials?.kind === 'registryToken') return bearerAuthorization(credentials.registryToken)
    if (this.#mode.kind === 'basic') return credentials?.kind === 'basic' ? basicAuthorization(credentials) : undefined
    return bearerAuthorization(await this.#token(this.#mode.service, scope, signal))
  }

  /** Drops the token of a scope, which the registry no longer takes. */
  forget(scope: string | undefined): void {
    this.#tokens.delete(scope ?? '')
  }

  async #token(service: TokenService, scope: string | undefined, signal: AbortSignal | undefined): Promise<string> {
    const key = scope ?? ''
    const pending = this.#tokens.get(key)
    if (pending !== undefined) {
      const known = await pending.catch(() => undefined)
      if (known !== undefined && known.usableUntilMs > this.#wire.clock.now()) return known.token
      // another call may have begun to renew it meanwhile
      if (this.#tokens.has(key) && this.#tokens.get(key) !== pending) return this.#token(service, scope, signal)
    }
    const asked = fetchToken(this.#wire, service, scope, this.#credentials, signal)
    this.#tokens.delete(key)
    this.#tokens.set(key, asked)
    for (const oldest of this.#tokens.keys()) {
      if (this.#tokens.size <= maxTokens) break
      this.#tokens.delete(oldest)
    }
    try {
      return (await asked).token
    } catch (error) {
      if (this.#tokens.get(key) === asked) this.#tokens.delete(key)
      throw error
    }
  }

  #checkRealm(realm: string, registryUrl: string): string {
    const refuse = (why: string): OciError =>
      new OciError('AuthenticationFailed', `${new URL(registryUrl).host}: refused its token service: ${why}`)
    const url = URL.parse(realm)
    if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw refuse('the realm is not a URL')
    if (url.protocol === 'http:' && new URL(registryUrl).protocol === 'https:' && !this.#insecure) {
      throw refuse(`${url.host} is asked over http, the registry over https`)
    }
    url.username = ''
    url.password = ''
    url.hash = ''
    return url.href
  }
}
