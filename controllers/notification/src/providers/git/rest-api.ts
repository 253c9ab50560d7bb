// SPDX-License-Identifier: Apache-2.0
import type { Message } from '../../sender/sender.ts'

/** Makes a request of a REST API: GET unless a method is given, the body as JSON. */
export type RestRequest = (path: string, method?: Message['method'], body?: object) => Message

/** Requests about one repository. */
export interface RepositoryApi {
  /** `/repos/<owner>/<repository>`. */
  readonly repository: string
  readonly request: RestRequest
}

/** Requests to what lies under a base URL, all with these headers. */
export function restRequest(base: string, headers: Readonly<Record<string, string>>): RestRequest {
  return (path, method = 'GET', body) => ({
    method,
    url: `${base}${path}`,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}
