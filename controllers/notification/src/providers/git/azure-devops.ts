// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'
import { NotificationError } from '../../errors.ts'
import type { Destination } from '../../sender/destination.ts'
import type { Notifier } from '../notifier.ts'
import { memberOf, readItem, readItems, textOf } from './answers.ts'
import { commitStatusOf } from './commit-status.ts'
import { readRepository, requireToken } from './repository.ts'
import { restRequest } from './rest-api.ts'

/** `azuredevops`: the status of a commit at Azure DevOps. One that says the same already is left alone. */
export const azureDevOps: Notifier = async (notification, to, sender, signal) => {
  const { event } = notification
  if (event.reason === 'Progressing') return
  const repository = readAddress(to)
  const { commit, id: name, description, isGood } = commitStatusOf(notification)
  const request = restRequest(repository, {
    authorization: to.cloudAuthorization ?? personal(to),
    accept: 'application/json;api-version=6.0',
    // a token that is no good is refused rather than sent to a page for people
    'x-tfs-fedauthredirect': 'Suppress',
  })
  const [genre, state] = [genreOf(event), isGood ? 'succeeded' : 'error']
  const path = `/commits/${commit}/statuses`
  const answer = await sender.send(request(path), signal)
  const statuses = readItems(readItem(answer, 'Azure DevOps'), 'value', 'Azure DevOps')
  const newest = statuses.find((each) => {
    const context = memberOf(each, 'context')
    return textOf(context, 'name') === name && textOf(context, 'genre') === genre
  })
  if (textOf(newest, 'state') === state && textOf(newest, 'description') === description) return
  await sender.send(request(path, 'POST', { context: { genre, name }, description, state }), signal)
}

function personal(to: Destination): string {
  return `Basic ${Buffer.from(`:${requireToken(to, 'azure devops')}`).toString('base64')}`
}

/** Tells statuses of Flux from those of pipelines, and by the summary those of several clusters from each other. */
function genreOf({ metadata = {} }: FluxEvent): string {
  const { summary } = metadata
  return summary === undefined ? 'fluxcd' : `fluxcd:${summary}`
}

/** The API of the repository: `https://<host>/<organization>/<project>/_git/<repository>`. Throws `InvalidConfig`. */
function readAddress(to: Destination): string {
  const { origin, id } = readRepository(to)
  const [organization, project, marker, repository, ...rest] = id.split('/')
  if (marker !== '_git' || repository === undefined || repository === '' || rest.length > 0)
    throw new NotificationError(
      'InvalidConfig',
      'invalid Azure DevOps address: spec.address, or the key address of the Secret, must be https://dev.azure.com/<organization>/<project>/_git/<repository>',
    )
  return `${origin}/${organization}/${project}/_apis/git/repositories/${repository}`
}
