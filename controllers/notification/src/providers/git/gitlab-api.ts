// SPDX-License-Identifier: Apache-2.0
import type { Destination } from '../../sender/destination.ts'
import { readRepository, requireToken } from './repository.ts'
import { restRequest } from './rest-api.ts'
import type { RestRequest } from './rest-api.ts'

/** Requests of GitLab's REST API. */
export interface GitLabApi {
  /** `/projects/<encoded path>`. */
  readonly project: string
  readonly request: RestRequest
}

/** The API of the project that a Provider names; a project may lie in groups of groups. Throws `InvalidConfig`. */
export function gitlabApi(to: Destination): GitLabApi {
  const { origin, id } = readRepository(to)
  const headers = { 'private-token': requireToken(to, 'gitlab') }
  return {
    project: `/projects/${encodeURIComponent(id)}`,
    request: restRequest(`${origin}/api/v4`, headers),
  }
}
