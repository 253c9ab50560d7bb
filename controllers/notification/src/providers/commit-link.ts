// SPDX-License-Identifier: Apache-2.0
import { eventMetadataKeys } from '@tidelock/api'
import type { FluxEvent } from '@tidelock/api'

/** A link to the commit that an event is about. */
export interface CommitLink {
  /** `Commit 0123456 on github.com`: says where it leads, whoever put it into the metadata. */
  readonly text: string
  /** Of the scheme https, without credentials; at most 1,000 characters. */
  readonly url: string
}

const mostCharacters = 1000
// the text has to show the whole host, in the 256 characters of a title at Discord
const mostHostCharacters = 200

/** For a service that has links: the link, and the event without it. What is no proper link stays in the metadata. */
export function splitCommitLink(event: FluxEvent): { readonly event: FluxEvent; readonly link?: CommitLink } {
  const { [eventMetadataKeys.commitUrl]: address, ...metadata } = event.metadata ?? {}
  const url = URL.parse(address ?? '')
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return { event }
  if (url.href.length > mostCharacters || url.host.length > mostHostCharacters) return { event }
  const hash = /\/([0-9a-f]{7})(?:[0-9a-f]{33}|[0-9a-f]{57})$/.exec(url.pathname)?.[1]
  const text = `Commit ${hash === undefined ? '' : `${hash} `}on ${url.host}`
  return { event: { ...event, metadata }, link: { text, url: url.href } }
}
