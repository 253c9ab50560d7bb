// SPDX-License-Identifier: Apache-2.0
import type { Destination } from '../../sender/destination.ts'
import type { Sender } from '../../sender/sender.ts'
import type { Notifier } from '../notifier.ts'
import { memberOf, readItem, textOf } from './answers.ts'
import type { Item } from './answers.ts'
import { commentOf, putComment } from './comment.ts'
import { githubApi } from './github-api.ts'
import type { RestRequest } from './rest-api.ts'

const longestComment = 65_536

/** `githubpullrequestcomment`: a comment on the pull request that the metadata names, made once and then edited. */
export const githubPullRequestComment: Notifier = async (notification, to, sender, signal) => {
  const comment = commentOf(notification, 'flux-pr-comment-key', longestComment)
  const { repository, request } = githubApi(to)
  const place = {
    service: 'GitHub',
    request,
    path: `${repository}/issues/${comment.request}/comments`,
    page: 'sort=created&direction=asc&per_page=100',
    one: (id: string) => `${repository}/issues/comments/${id}`,
    edit: 'PATCH' as const,
    isOwn: await authorship(to, request, sender, signal),
  }
  await putComment(comment, place, sender, signal)
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
