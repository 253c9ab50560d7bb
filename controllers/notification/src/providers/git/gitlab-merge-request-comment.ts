// SPDX-License-Identifier: Apache-2.0
import type { Notifier } from '../notifier.ts'
import { memberOf, readItem, readList, textOf } from './answers.ts'
import { commentOf } from './comment.ts'
import { gitlabApi } from './gitlab-api.ts'

const longestNote = 1_000_000

/** `gitlabmergerequestcomment`: a note on the merge request that the metadata names, made once and then edited. */
export const gitlabMergeRequestComment: Notifier = async (notification, to, sender, signal) => {
  const comment = commentOf(notification, 'flux-mr-comment-key', longestNote)
  const { project, request } = gitlabApi(to)
  const user = textOf(readItem(await sender.send(request('/user'), signal), 'GitLab'), 'username')
  // a note of ours is made soon after the request was opened, so it stands on the first page
  const path = `${project}/merge_requests/${comment.request}/notes`
  const answer = await sender.send(request(`${path}?sort=asc&order_by=created_at&per_page=100`), signal)
  const own = readList(answer, 'GitLab').find(
    (each) => textOf(memberOf(each, 'author'), 'username') === user && textOf(each, 'body').includes(comment.marker),
  )
  const { body } = comment
  const edit = own === undefined ? undefined : `${path}/${textOf(own, 'id')}`
  await sender.send(edit === undefined ? request(path, 'POST', { body }) : request(edit, 'PUT', { body }), signal)
}
