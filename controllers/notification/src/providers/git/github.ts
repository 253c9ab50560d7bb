// SPDX-License-Identifier: Apache-2.0
import type { Notifier } from '../notifier.ts'
import { readList, textOf } from './answers.ts'
import { commitStatusOf, isTold } from './commit-status.ts'
import { githubApi } from './github-api.ts'

/** `github`: the status of a commit. One that says the same already is left alone. */
export const github: Notifier = async (notification, to, sender, signal) => {
  if (notification.event.reason === 'Progressing') return
  const { commit, id, description, isGood } = commitStatusOf(notification)
  const { repository, request } = githubApi(to)
  const state = isGood ? 'success' : 'failure'
  const answer = await sender.send(request(`${repository}/commits/${commit}/statuses?per_page=50`), signal)
  const known = readList(answer, 'GitHub').map((each) => ({
    id: textOf(each, 'context'),
    state: textOf(each, 'state'),
    description: textOf(each, 'description'),
  }))
  if (isTold(known, { id, state, description })) return
  await sender.send(request(`${repository}/statuses/${commit}`, 'POST', { state, context: id, description }), signal)
}
