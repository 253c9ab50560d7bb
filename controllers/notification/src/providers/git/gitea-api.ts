// SPDX-License-Identifier: Apache-2.0
import type { Destination } from '../../sender/destination.ts'
import type { Message } from '../../sender/sender.ts'
import { readOwned, requireToken } from './repository.ts'

/** Requests of Gitea's REST API. */
export interface GiteaApi {
  /** `/repos/<owner>/<repository>`. */
  readonly repository: string
  readonly request: (path: string, method?: Message['method'], body?: object) => Message
}

/** The API of the repository that a Provider names, of Gitea or Forgejo. Throws `InvalidConfig`. */
export function giteaApi(to: Destination): GiteaApi {
  const { origin, owner, name } = readOwned(to)
  const headers = { authorization: `token ${requireToken(to, 'gitea')}` }
  return {
    repository: `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`,
    request: (path, method = 'GET', body) => ({
      method,
      url: `${origin}/api/v1${path}`,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  }
}
