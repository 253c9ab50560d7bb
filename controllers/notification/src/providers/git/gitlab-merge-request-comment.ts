// SPDX-License-Identifier: Apache-2.0
import type { Notifier } from '../notifier.ts'
import { memberOf, readItem, textOf } from './answers.ts'
import type { Item } from './answers.ts'
import { commentOf, putComment } from './comment.ts'
import { gitlabApi } from './gitlab-api.ts'

const longestNote = 1_000_000

/** `gitlabmergerequestcomment`: a note on the merge request that the metadata names, made once and then edited. */
export const gitlabMergeRequestComment: Notifier = async (notification, to, sender, signal) => {
  const comment = commentOf(notification, 'flux-mr-comment-key', longestNote)
  const { project, request } = gitlabApi(to)
  const user = textOf(readItem(await sender.send(request('/user'), signal), 'GitLab'), 'username')
  const path = `${project}/merge_requests/${comment.request}/notes`
  const place = {
    service: 'GitLab',
    request,
    path,
    page: 'sort=asc&order_by=created_at&per_page=100',
    one: (id: string) => `${path}/${id}`,
    edit: 'PUT' as const,
    isOwn: (note: Item) => textOf(memberOf(note, 'author'), 'username') === user,
  }
  await putComment(comment, place, sender, signal)
}
