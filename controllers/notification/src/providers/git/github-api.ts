// SPDX-License-Identifier: Apache-2.0
import type { Destination } from '../../sender/destination.ts'
import { readOwned, requireToken } from './repository.ts'
import { restRequest } from './rest-api.ts'
import type { RepositoryApi } from './rest-api.ts'

/** The API of the repository that a Provider names: that of github.com, or of a GitHub Enterprise Server. Throws `InvalidConfig`. */
export function githubApi(to: Destination): RepositoryApi {
  const { origin, owner, name } = readOwned(to)
  const base = new URL(origin).host === 'github.com' ? 'https://api.github.com' : `${origin}/api/v3`
  const headers = {
    accept: 'application/vnd.github+json',
    authorization: `Bearer ${requireToken(to, 'github')}`,
    'x-github-api-version': '2022-11-28',
  }
  return {
    repository: `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`,
    request: restRequest(base, headers),
  }
}
