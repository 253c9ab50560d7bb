// SPDX-License-Identifier: Apache-2.0
import type { Notifier } from '../notifier.ts'
import { readList, textOf } from './answers.ts'
import { commitStatusOf } from './commit-status.ts'
import { gitlabApi } from './gitlab-api.ts'

/** `gitlab`: the status of a commit. One that says the same already is left alone. */
export const gitlab: Notifier = async (notification, to, sender, signal) => {
  if (notification.event.reason === 'Progressing') return
  const { commit, id, description, isGood } = commitStatusOf(notification)
  const { project, request } = gitlabApi(to)
  const state = isGood ? 'success' : 'failed'
  const path = `${project}/repository/commits/${commit}/statuses?name=${encodeURIComponent(id)}`
  const known = readList(await sender.send(request(path), signal), 'GitLab')
  const isKnown = known.some(
    (each) =>
      textOf(each, 'sha') === commit &&
      textOf(each, 'name') === id &&
      textOf(each, 'status') === state &&
      textOf(each, 'description') === description,
  )
  if (isKnown) return
  await sender.send(request(`${project}/statuses/${commit}`, 'POST', { name: id, state, description }), signal)
}
