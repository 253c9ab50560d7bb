// SPDX-License-Identifier: Apache-2.0
import type { ApiObject, FluxEvent } from '@tidelock/api'
import { formatTime, getCondition, parseApiVersion, readyCondition, toReference } from '@tidelock/api'
import { eventId } from '@tidelock/bus'
import type { EventRecord } from '@tidelock/bus'
import { redact } from '@tidelock/errors'
import type { EventDraft } from './outcome.ts'

/** What the events of one run have in common. */
export interface EventContext {
  readonly reportingController: string
  readonly reportingInstance: string
  readonly now: Date
  /** Metadata of the kind and of the run so far; a draft's own goes over it. */
  readonly metadata: Readonly<Record<string, string>>
  /** Tells this run from the others, see `eventId`. */
  readonly transition: string
}

const annotationPrefix = 'event.toolkit.fluxcd.io/'
/** Bound that the event API states for messages. */
const maxMessageLength = 39_000

/**
 * Makes the event that a draft about the object stands for, with a stable id. Annotations of the object under
 * `event.toolkit.fluxcd.io/` become metadata and go over everything else (fluxcd/pkg runtime/events). The text is redacted.
 */
export function toEventRecord(obj: ApiObject, draft: EventDraft, context: EventContext): EventRecord {
  const severity = draft.kubernetesOnly === true ? 'trace' : draft.severity
  const reason = draft.reason ?? getCondition(obj, readyCondition)?.reason ?? severity
  const metadata = { ...context.metadata, ...draft.metadata, ...annotated(obj) }
  const event: FluxEvent = {
    involvedObject: toReference(obj),
    severity,
    timestamp: formatTime(context.now),
    message: cut(redact(draft.message)),
    reason,
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    reportingController: context.reportingController,
    reportingInstance: context.reportingInstance,
  }
  const { transition } = context
  const revision = metadata[`${parseApiVersion(obj.apiVersion).group}/revision`] ?? ''
  const id = eventId({ uid: obj.metadata.uid ?? '', revision, reason, transition, message: event.message })
  return { id, event, transition }
}

function annotated(obj: ApiObject): Record<string, string> {
  const entries = Object.entries(obj.metadata.annotations ?? {})
  return Object.fromEntries(entries.filter(([key]) => key.startsWith(annotationPrefix)))
}

function cut(message: string): string {
  return message.length <= maxMessageLength ? message : `${message.slice(0, maxMessageLength - 3)}...`
}
