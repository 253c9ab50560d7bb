// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a client asked the token service for. */
export interface TokenRequest {
  readonly method: string
  readonly authorization: string | undefined
  /** Query or form, in one. */
  readonly parameters: URLSearchParams
}

/** Who may do what there. */
export interface TokenServiceOptions {
  /** Users by name, with their password; pull and push. */
  readonly users?: Readonly<Record<string, string>>
  /** Identity tokens that are taken; pull and push. */
  readonly identityTokens?: readonly string[]
  /** Whether anybody may pull. Default false. */
  readonly anonymousPull?: boolean
  /** Default 300. */
  readonly expiresInSeconds?: number
}

const service = 'tidelock-registry'
const issuer = 'tidelock-testkit'

/** A token service as Docker's: it signs tokens that the registry checks. */
export class TokenService implements AsyncDisposable {
  readonly service: string = service
  readonly issuer: string = issuer
  /** What was asked for, oldest first. */
  readonly requests: TokenRequest[] = []
  /** The public key as a JSON Web Key Set. */
  readonly jwks: string
  readonly #key: KeyObject
  readonly #kid = randomUUID()
  readonly #options: TokenServiceOptions
  readonly #server: Server

  private constructor(options: TokenServiceOptions) {
    this.#options = options
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#key = privateKey
    this.jwks = JSON.stringify({
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid: this.#kid, use: 'sig', alg: 'ES256' }],
    })
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
  }

  /** Starts one on a free port of loopback. */
  static async start(options: TokenServiceOptions = {}): Promise<TokenService> {
    const started = new TokenService(options)
    await new Promise<void>((resolve) => started.#server.listen(0, '127.0.0.1', resolve))
    return started
  }

  /** What registries name as `realm`. */
  get realm(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/token`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
    const url = new URL(request.url ?? '/', this.realm)
    const parameters = request.method === 'POST' ? new URLSearchParams(body) : url.searchParams
    const { authorization } = request.headers
    this.requests.push({ method: request.method ?? '', authorization, parameters })
    const subject = this.#subjectOf(authorization, parameters)
    if (subject === undefined) {
      const error = { errors: [{ code: 'UNAUTHORIZED', message: 'incorrect username or password' }] }
      response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(error))
      return
    }
    const lifetime = this.#options.expiresInSeconds ?? 300
    const token = this.#sign(subject, parameters.getAll('scope'), lifetime)
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ token, access_token: token, expires_in: lifetime }))
  }

  /** The user; '' for nobody in particular; undefined for credentials that are wrong. */
  #subjectOf(authorization: string | undefined, parameters: URLSearchParams): string | undefined {
    const identityToken = parameters.get('refresh_token')
    if (identityToken !== null)
      return this.#options.identityTokens?.includes(identityToken) === true ? 'identity' : undefined
    if (authorization === undefined) return ''
    const [name = '', ...rest] = Buffer.from(authorization.slice('Basic '.length), 'base64').toString().split(':')
    return this.#options.users?.[name] === rest.join(':') ? name : undefined
  }

  #sign(subject: string, scopes: readonly string[], lifetime: number): string {
    const now = Math.floor(Date.now() / 1000)
    const access = scopes.flatMap((scope) => {
      const [type = '', name = '', actions = ''] = scope.split(':')
      const allowed = subject === '' ? (this.#options.anonymousPull === true ? ['pull'] : []) : actions.split(',')
      return [{ type, name, actions: actions.split(',').filter((action) => allowed.includes(action)) }]
    })
    const claims = { iss: issuer, sub: subject, aud: service, iat: now, nbf: now - 10, exp: now + lifetime, access }
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const head = `${encode({ typ: 'JWT', alg: 'ES256', kid: this.#kid })}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(head), { key: this.#key, dsaEncoding: 'ieee-p1363' })
    return `${head}.${signature.toString('base64url')}`
  }
}
