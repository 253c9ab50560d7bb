// SPDX-License-Identifier: Apache-2.0
import type { Notifier } from '../notifier.ts'
import { memberOf, readItem, textOf } from './answers.ts'
import type { Item } from './answers.ts'
import { commentOf, putComment } from './comment.ts'
import { giteaApi } from './gitea-api.ts'

const longestComment = 65_536

/** `giteapullrequestcomment`: a comment on the pull request that the metadata names, made once and then edited. */
export const giteaPullRequestComment: Notifier = async (notification, to, sender, signal) => {
  const comment = commentOf(notification, 'flux-pr-comment-key', longestComment)
  const { repository, request } = giteaApi(to)
  const user = textOf(readItem(await sender.send(request('/user'), signal), 'Gitea'), 'login')
  const place = {
    service: 'Gitea',
    request,
    path: `${repository}/issues/${comment.request}/comments`,
    page: 'limit=100&page=1',
    one: (id: string) => `${repository}/issues/comments/${id}`,
    edit: 'PATCH' as const,
    isOwn: (each: Item) => textOf(memberOf(each, 'user'), 'login') === user,
  }
  await putComment(comment, place, sender, signal)
}
