// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'

/** An address of its own for an API server, at which requests can be refused or left without an answer. */
export class Gateway implements AsyncDisposable {
  readonly url: string
  /** PEM of the authority of the API server behind. */
  readonly ca: string
  /** Tokens that are refused, as if they had expired. */
  readonly expired = new Set<string>()
  /** Whether requests are left without an answer. */
  silent = false
  /** For how long a patch is kept before it is forwarded. */
  delayMs = 0
  /** How many are kept so at the moment. */
  held = 0
  /** Requests that were forwarded: method and path. */
  readonly seen: string[] = []
  /** The token that the API server behind is given for one that it does not know. */
  translate: (token: string) => string | undefined = () => undefined
  readonly #server: Server
  readonly #api: URL

  private constructor(server: Server, origin: string, { api, ca }: { readonly api: URL; readonly ca: string }) {
    this.url = `${origin}:${(server.address() as AddressInfo).port}`
    this.#server = server
    this.#api = api
    this.ca = ca
    server.on('request', (asked: IncomingMessage, answer: ServerResponse) => this.#handle(asked, answer))
  }

  /** In front of the API server of the kubeconfig; with a certificate for `localhost` by TLS. */
  static async start(kubeconfigPath: string, tls?: { readonly cert: string; readonly key: string }): Promise<Gateway> {
    const text = await readFile(kubeconfigPath, 'utf8')
    const [, url = ''] = /server: (\S+)/.exec(text) ?? []
    const [, data = ''] = /certificate-authority-data: (\S+)/.exec(text) ?? []
    const server = tls === undefined ? createServer() : createTlsServer(tls)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const ca = Buffer.from(data, 'base64').toString('utf8')
    const origin = tls === undefined ? 'http://127.0.0.1' : 'https://localhost'
    return new Gateway(server, origin, { api: new URL(url), ca })
  }

  /** A kubeconfig for this address with a token, and further fields of the cluster and the user. */
  kubeconfig(user: object, cluster: object = {}): string {
    return JSON.stringify({
      'current-context': 'x',
      clusters: [{ name: 'c', cluster: { server: this.url, ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #handle(asked: IncomingMessage, answer: ServerResponse): void {
    if (this.silent) return
    if (this.delayMs === 0 || asked.method !== 'PATCH') return this.#forward(asked, answer)
    this.held++
    const timer = setTimeout(() => this.#forward(asked, answer), this.delayMs)
    answer.on('close', () => {
      clearTimeout(timer)
      this.held--
    })
  }

  #forward(asked: IncomingMessage, answer: ServerResponse): void {
    const { method = '', url = '', headers } = asked
    const token = headers.authorization?.replace('Bearer ', '') ?? ''
    if (this.expired.has(token)) {
      answer.writeHead(401, { 'content-type': 'application/json' })
      answer.end(JSON.stringify({ kind: 'Status', code: 401, reason: 'Unauthorized', message: 'Unauthorized' }))
      return
    }
    this.seen.push(`${method} ${url}`)
    const { hostname: host, port } = this.#api
    const known = this.translate(token)
    if (known !== undefined) headers.authorization = `Bearer ${known}`
    const forwarded = request({ host, port, method, path: url, headers, ca: this.ca }, (got) => {
      answer.writeHead(got.statusCode ?? 500, got.headers)
      got.pipe(answer)
    })
    forwarded.on('error', () => answer.destroy())
    answer.on('close', () => forwarded.destroy())
    asked.pipe(forwarded)
  }
}
