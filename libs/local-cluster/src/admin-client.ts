// SPDX-License-Identifier: Apache-2.0
import { Agent, request } from 'node:https'
import type { ClientCredentials } from './credentials.ts'

/** What the API server answered. */
export interface AdminResponse {
  readonly status: number
  readonly body: string
}

/** As much of a Kubernetes client as it takes to bring a cluster up. */
export interface AdminClient extends Disposable {
  /** Rejects where nobody answers. */
  send(method: 'GET' | 'POST', path: string, body?: object, signal?: AbortSignal): Promise<AdminResponse>
}

const REQUEST_TIMEOUT_MS = 5000

/** Speaks to the API server as the administrator. */
export function createAdminClient(server: string, credentials: ClientCredentials): AdminClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 2, ...credentials })
  const send = (method: string, path: string, body?: object, signal?: AbortSignal): Promise<AdminResponse> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const outgoing = request(new URL(path, server), {
        method,
        agent,
        signal,
        timeout: REQUEST_TIMEOUT_MS,
        headers: text === undefined ? {} : { 'content-type': 'application/json' },
      })
      outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')))
      outgoing.once('error', reject)
      outgoing.once('response', (incoming) => {
        const chunks: string[] = []
        incoming.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
        incoming.once('error', reject)
        incoming.once('end', () => resolve({ status: incoming.statusCode ?? 0, body: chunks.join('') }))
      })
      outgoing.end(text)
    })
  return { send, [Symbol.dispose]: () => agent.destroy() }
}
