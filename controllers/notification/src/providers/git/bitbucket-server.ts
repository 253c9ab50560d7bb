// SPDX-License-Identifier: Apache-2.0
import { NotificationError } from '../../errors.ts'
import type { Destination } from '../../sender/destination.ts'
import { basicAuthorization } from '../authorization.ts'
import { requireUrl } from '../notifier.ts'
import type { Notifier } from '../notifier.ts'
import { objectName } from '../words.ts'
import { answerIfFound, readItem, textOf } from './answers.ts'
import type { Item } from './answers.ts'
import { buildKey, buildState } from './build-status.ts'
import { commitStatusOf } from './commit-status.ts'
import { restRequest } from './rest-api.ts'

/** `bitbucketserver`: the build status of a commit at Bitbucket Server or Data Center. One that says the same already is left alone. */
export const bitbucketServer: Notifier = async (notification, to, sender, signal) => {
  const { event } = notification
  if (event.reason === 'Progressing') return
  const { api, page } = readAddress(to)
  const { commit, id, description } = commitStatusOf(notification)
  const request = restRequest(api, {
    ...loginOf(to),
    'x-atlassian-token': 'no-check',
    'x-requested-with': 'XMLHttpRequest',
  })
  // Bitbucket shows the name and not the description
  const name = `${objectName(event)} [${description}]`
  const status = { description, key: buildKey(id), name, state: buildState(event), url: page }
  const path = `/commits/${commit}/builds`
  const answer = await answerIfFound(sender.send(request(`${path}?key=${status.key}`), signal))
  const known = answer === undefined ? undefined : readItem(answer, 'Bitbucket')
  if (known !== undefined && isSame(known, status)) return
  await sender.send(request(path, 'POST', status), signal)
}

function isSame(known: Item, status: Readonly<Record<'description' | 'key' | 'name' | 'state', string>>): boolean {
  return (['description', 'key', 'name', 'state'] as const).every((part) => textOf(known, part) === status[part])
}

const cloneForm = /^(?<context>.*)\/scm\/(?<project>[^/]+)\/(?<repository>[^/]+?)(?:\.git)?$/

/** The API of the repository, and the address as people may see it. The address is that of `git clone` over HTTP. Throws `InvalidConfig`. */
function readAddress(to: Destination): { readonly api: string; readonly page: string } {
  const url = requireUrl(to, 'Bitbucket Server')
  const { context, project, repository } = cloneForm.exec(url.pathname)?.groups ?? {}
  if (project === undefined)
    throw new NotificationError(
      'InvalidConfig',
      'invalid Bitbucket Server address: spec.address, or the key address of the Secret, must be https://<host>/scm/<project>/<repository>.git',
    )
  url.username = ''
  url.password = ''
  return {
    api: `${url.origin}${context}/rest/api/latest/projects/${project}/repos/${repository}`,
    page: url.href,
  }
}

function loginOf(to: Destination): Readonly<Record<string, string>> {
  const basic = basicAuthorization(to)
  if (to.token !== '') return { authorization: `Bearer ${to.token}` }
  if (Object.keys(basic).length > 0) return basic
  throw new NotificationError(
    'InvalidConfig',
    'no credentials for Bitbucket Server: the Secret needs the key token, or username and password',
  )
}
