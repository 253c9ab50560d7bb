// SPDX-License-Identifier: Apache-2.0
import type { Destination } from '../../sender/destination.ts'
import type { Message } from '../../sender/sender.ts'
import { readRepository, requireToken } from './repository.ts'

/** Requests of GitLab's REST API. */
export interface GitLabApi {
  /** `/projects/<encoded path>`. */
  readonly project: string
  readonly request: (path: string, method?: Message['method'], body?: object) => Message
}

/** The API of the project that a Provider names; a project may lie in groups of groups. Throws `InvalidConfig`. */
export function gitlabApi(to: Destination): GitLabApi {
  const { origin, id } = readRepository(to)
  const headers = { 'private-token': requireToken(to, 'gitlab') }
  return {
    project: `/projects/${encodeURIComponent(id)}`,
    request: (path, method = 'GET', body) => ({
      method,
      url: `${origin}/api/v4${path}`,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  }
}
