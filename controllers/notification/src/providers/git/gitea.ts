// SPDX-License-Identifier: Apache-2.0
import type { Notifier } from '../notifier.ts'
import { readList, textOf } from './answers.ts'
import { commitStatusOf, isTold } from './commit-status.ts'
import { giteaApi } from './gitea-api.ts'

/** `gitea`: the status of a commit, pending while it progresses. One that says the same already is left alone. */
export const gitea: Notifier = async (notification, to, sender, signal) => {
  const { commit, id, description, isGood } = commitStatusOf(notification)
  const { repository, request } = giteaApi(to)
  const ended = isGood ? 'success' : 'failure'
  const state = notification.event.reason === 'Progressing' ? 'pending' : ended
  const answer = await sender.send(request(`${repository}/commits/${commit}/statuses?limit=50`), signal)
  const known = readList(answer, 'Gitea').map((each) => ({
    id: textOf(each, 'context'),
    state: textOf(each, 'status'),
    description: textOf(each, 'description'),
  }))
  if (isTold(known, { id, state, description })) return
  await sender.send(request(`${repository}/statuses/${commit}`, 'POST', { state, context: id, description }), signal)
}
