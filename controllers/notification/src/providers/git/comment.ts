// SPDX-License-Identifier: Apache-2.0
import { NotificationError } from '../../errors.ts'
import type { Notification } from '../../sender/notification.ts'
import type { Message, Sender } from '../../sender/sender.ts'
import { changeRequestKey, markdownPost } from '../markdown.ts'
import { readList, textOf } from './answers.ts'
import type { Item } from './answers.ts'
import type { RestRequest } from './rest-api.ts'

/** A comment on a pull or merge request. */
export interface Comment {
  /** Number of the request. */
  readonly request: number
  /** Stands in the body, unseen, and tells the comment of this object from others. */
  readonly marker: string
  /** Markdown. */
  readonly body: string
}

/**
 * The comment that a notification becomes: one an object and Provider, which each later notification replaces. `bound` is the longest
 * text that the service takes. Throws `Refused` for an event that names no request.
 */
export function commentOf({ event, provider }: Notification, key: string, bound: number): Comment {
  const { kind = '', namespace = '', name = '' } = event.involvedObject
  const marker = `<!-- ${key}:${provider.metadata.uid ?? ''}/${kind}/${namespace}/${name} -->`
  const text = event.metadata?.[changeRequestKey]
  const request = Number(text)
  if (text === undefined || !Number.isSafeInteger(request) || request <= 0)
    throw new NotificationError('Refused', `the metadata key ${changeRequestKey} must be the number of a pull request`)
  return { request, marker, body: `${marker}\n\n${markdownPost(event, bound - marker.length - 2)}` }
}

/** Where a service keeps the comments on a request. */
export interface CommentPlace {
  readonly service: string
  readonly request: RestRequest
  /** Path of the comments. */
  readonly path: string
  /** Asks for the first hundred, the oldest first: one of ours is made soon after the request was opened. */
  readonly page: string
  /** Path of the one comment with that id. */
  readonly one: (id: string) => string
  readonly edit: NonNullable<Message['method']>
  /** Tells our comments from those of others. */
  readonly isOwn: (comment: Item) => boolean
}

/** Makes the comment, or edits the one that was made before. */
export async function putComment(
  { marker, body }: Comment,
  place: CommentPlace,
  sender: Sender,
  signal: AbortSignal,
): Promise<void> {
  const { service, request, path, page, one, edit, isOwn } = place
  const answer = await sender.send(request(`${path}?${page}`), signal)
  const own = readList(answer, service).find((each) => isOwn(each) && textOf(each, 'body').includes(marker))
  const message = own === undefined ? request(path, 'POST', { body }) : request(one(textOf(own, 'id')), edit, { body })
  await sender.send(message, signal)
}
