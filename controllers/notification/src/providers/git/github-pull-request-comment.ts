// SPDX-License-Identifier: Apache-2.0
import type { Destination } from '../../sender/destination.ts'
import type { Sender } from '../../sender/sender.ts'
import type { Notifier } from '../notifier.ts'
import { memberOf, readItem, readList, textOf } from './answers.ts'
import type { Item } from './answers.ts'
import { commentOf } from './comment.ts'
import { githubApi } from './github-api.ts'
import type { RestRequest } from './rest-api.ts'

const longestComment = 65_536

/** `githubpullrequestcomment`: a comment on the pull request that the metadata names, made once and then edited. */
export const githubPullRequestComment: Notifier = async (notification, to, sender, signal) => {
  const comment = commentOf(notification, 'flux-pr-comment-key', longestComment)
  const { repository, request } = githubApi(to)
  const isOwn = await authorship(to, request, sender, signal)
  // a comment of ours is made soon after the request was opened, so it stands on the first page
  const path = `${repository}/issues/${comment.request}/comments`
  const answer = await sender.send(request(`${path}?sort=created&direction=asc&per_page=100`), signal)
  const own = readList(answer, 'GitHub').find((each) => isOwn(each) && textOf(each, 'body').includes(comment.marker))
  const { body } = comment
  const edit = own === undefined ? undefined : `${repository}/issues/comments/${textOf(own, 'id')}`
  await sender.send(edit === undefined ? request(path, 'POST', { body }) : request(edit, 'PATCH', { body }), signal)
}

/** What tells our comments from those of others: the App, or the user of the token. */
async function authorship(
  { githubAppId }: Destination,
  request: RestRequest,
  sender: Sender,
  signal: AbortSignal,
): Promise<(comment: Item) => boolean> {
  // an App has no user that it could ask for
  if (githubAppId !== undefined)
    return (each) => textOf(memberOf(each, 'performed_via_github_app'), 'id') === githubAppId
  const user = textOf(readItem(await sender.send(request('/user'), signal), 'GitHub'), 'login')
  return (each) => textOf(memberOf(each, 'user'), 'login') === user
}
