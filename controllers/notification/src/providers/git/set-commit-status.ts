// SPDX-License-Identifier: Apache-2.0
import type { Destination } from '../../sender/destination.ts'
import type { Notifier } from '../notifier.ts'
import { readList, textOf } from './answers.ts'
import { commitStatusOf, isTold } from './commit-status.ts'
import type { RepositoryApi } from './rest-api.ts'

/** In which words a service speaks of the statuses of a commit. */
export interface StatusWords {
  readonly service: string
  /** Asks for the 50 newest. */
  readonly page: string
  /** The member of a listed status that says how it stands. */
  readonly state: string
  /** Says that a commit is in progress; undefined leaves events of progress out. */
  readonly pending: string | undefined
}

/** Sets the status of a commit at a service whose API is GitHub's in this. One that says the same already is left alone. */
export function createStatusSetter(api: (to: Destination) => RepositoryApi, words: StatusWords): Notifier {
  return async (notification, to, sender, signal) => {
    const isProgress = notification.event.reason === 'Progressing'
    if (isProgress && words.pending === undefined) return
    const { commit, id, description, isGood } = commitStatusOf(notification)
    const { repository, request } = api(to)
    const ended = isGood ? 'success' : 'failure'
    const state = isProgress ? (words.pending ?? ended) : ended
    const answer = await sender.send(request(`${repository}/commits/${commit}/statuses?${words.page}`), signal)
    const known = readList(answer, words.service).map((each) => ({
      id: textOf(each, 'context'),
      state: textOf(each, words.state),
      description: textOf(each, 'description'),
    }))
    if (isTold(known, { id, state, description })) return
    await sender.send(request(`${repository}/statuses/${commit}`, 'POST', { state, context: id, description }), signal)
  }
}
