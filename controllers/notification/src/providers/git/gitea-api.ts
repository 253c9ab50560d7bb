// SPDX-License-Identifier: Apache-2.0
import type { Destination } from '../../sender/destination.ts'
import { readOwned, requireToken } from './repository.ts'
import { restRequest } from './rest-api.ts'
import type { RepositoryApi } from './rest-api.ts'

/** The API of the repository that a Provider names, of Gitea or Forgejo. Throws `InvalidConfig`. */
export function giteaApi(to: Destination): RepositoryApi {
  const { origin, owner, name } = readOwned(to)
  const headers = { authorization: `token ${requireToken(to, 'gitea')}` }
  return {
    repository: `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`,
    request: restRequest(`${origin}/api/v1`, headers),
  }
}
