// SPDX-License-Identifier: Apache-2.0
import type { TokenCredentialOptions } from '@azure/identity'
import { readBounded } from '@tidelock/http'
import type { HttpClient } from '@tidelock/http'

type AzureClient = NonNullable<TokenCredentialOptions['httpClient']>
type AzureResponse = Awaited<ReturnType<AzureClient['sendRequest']>>
type AzureHeaders = AzureResponse['headers']

const maxBodyBytes = 2 ** 20

/** What Azure's clients send through instead of connections of their own. */
export function azureHttpClient(http: HttpClient): AzureClient {
  return {
    sendRequest: async (request) => {
      const { url, method, body, abortSignal } = request
      const response = await http.request({
        ...{ method, url, headers: request.headers.toJSON(), maxRedirects: 0, maxBodyBytes },
        ...(typeof body === 'string' ? { body } : {}),
        ...(abortSignal instanceof AbortSignal ? { signal: abortSignal } : {}),
      })
      const bodyAsText = (await readBounded(response.body, maxBodyBytes)).toString('utf8')
      return { request, status: response.status, headers: toHeaders(response.headers), bodyAsText }
    },
  }
}

function toHeaders(headers: Readonly<Record<string, string>>): AzureHeaders {
  const kept = new Map(Object.entries(headers))
  return {
    get: (name) => kept.get(name.toLowerCase()),
    has: (name) => kept.has(name.toLowerCase()),
    set: (name, value) => void kept.set(name.toLowerCase(), String(value)),
    delete: (name) => void kept.delete(name.toLowerCase()),
    toJSON: () => Object.fromEntries(kept),
    [Symbol.iterator]: () => kept.entries(),
  }
}
